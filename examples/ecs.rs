//! Carries a plan out on AWS: two ECS services behind an Application Load Balancer.
//!
//! ```sh
//! cargo run --release --example ecs --features aws -- PLAN --config ecs.toml
//!     [--endpoint-url URL] [--journal FILE] [--doctor] [--dry-run] [--start-now] [--scale N] [--json]
//!     [--answer WORD [--because TEXT]]
//! ```
//!
//! [`ecs.toml`](ecs.toml) says where the service lives, `plans/ecs.toml` is a plan for it.
//! Credentials come from where the AWS tools look for them. Killed and started again on the same
//! journal, it goes on. `--doctor` looks at everything that a rollout needs and says what to
//! change; `--dry-run` prints what AWS says now and what would be done; neither writes anything.
//! `--scale N` divides every wait of the plan by N, to try it out.
//!
//! Interrupted once, it hands the rollout over after a moment and ends; interrupted again within
//! that moment, it goes back to blue. One that is held or stuck is told what to do by starting it
//! again with `--answer`: `resume`, `rollback`, `abort`, ...
//!
//! Exit status: 0 completed, 2 rolled back, 3 stuck (waits for people), 4 refused (nothing was
//! touched), 5 handed over (start it again), 64 bad input (nothing was done), 70 the run came to no
//! end (start it again).

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use clap::Parser;
use greenflow_core::machine::{Action, Command, Ended};
use greenflow_core::plan::Plan;
use greenflow_core::provider::{ErrorKind, SharedJournal};
use greenflow_core::value::Who;
use greenflow_examples::BadInput;
use greenflow_examples::ecs::{
    Diagnosis, EcsConfig, EcsError, EcsRun, Green, Ground, Scale, Shared, Wish, doctor, pin,
    read_config, scaled, survey,
};
use greenflow_journal::SqliteJournal;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Carries a plan out on AWS, and prints its timeline and its execution record.
#[derive(Parser, Debug)]
#[command(name = "ecs", version)]
pub(crate) struct Arguments {
    /// The plan's file.
    plan: PathBuf,
    /// Where the service lives on AWS.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Another endpoint than AWS's own, such as an emulator's.
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
    /// The journal: what a rollout is gone on with after a crash.
    #[arg(long, value_name = "FILE", default_value = "rollouts.db")]
    journal: PathBuf,
    /// Look at everything that a rollout needs, and say what to change; write nothing.
    #[arg(long)]
    doctor: bool,
    /// Print what AWS says now and what would be done, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Start although the plan's time has passed, and wait for no time of day.
    #[arg(long)]
    start_now: bool,
    /// Divide every wait of the plan by this number.
    #[arg(long, value_name = "N", default_value = "1")]
    scale: Scale,
    /// Tell the rollout that the journal has what to do, such as resume or rollback, and go on.
    #[arg(long, value_name = "WORD", value_parser = greenflow_examples::ecs::answer)]
    answer: Option<Action>,
    /// Why, for the record.
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "said at the command line",
        requires = "answer"
    )]
    because: String,
    /// Print the execution record as JSON, and nothing else.
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let (wish, wishes) = unbounded_channel();
    tokio::spawn(interrupts(wish));
    let (mut out, mut err) = (io::stdout(), io::stderr());
    ExitCode::from(run(std::env::args_os(), None, wishes, &mut out, &mut err).await)
}

/// Does what the arguments say, and returns the exit status. Without an `sdk`, AWS's own places are
/// looked at for credentials.
pub(crate) async fn run(
    arguments: impl IntoIterator<Item = OsString>,
    sdk: Option<SdkConfig>,
    wishes: UnboundedReceiver<Wish>,
    out: &mut impl Write,
    err: &mut impl Write,
) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(help) if !help.use_stderr() => return told(out, &help.to_string(), 0),
        Err(error) => return told(err, &error.to_string(), BAD_INPUT),
    };
    let (plan, config) = match read(&arguments) {
        Ok(read) => read,
        Err(error) => return told(err, &format!("{error}\n"), BAD_INPUT),
    };
    let sdk = match sdk {
        Some(sdk) => sdk,
        None => load(&config, arguments.endpoint_url.as_deref()).await,
    };
    let shared = match Shared::new(sdk).await {
        Ok(shared) => shared,
        Err(error) => return told(err, &format!("{error}\n"), BAD_INPUT),
    };
    let ground = match Ground::new(&config, &shared, arguments.scale) {
        Ok(ground) => ground,
        Err(error) => return told(err, &format!("{error}\n"), BAD_INPUT),
    };
    let tag = match &config.green {
        Some(Green::Tagged(tag)) => Some(tag.clone()),
        Some(Green::Pinned(_)) | None => None,
    };
    if arguments.doctor {
        return match doctor(&ground, &plan, tag.as_deref()).await {
            Ok(Diagnosis { healthy, text }) => told(out, &text, if healthy { 0 } else { REFUSED }),
            Err(error) => told(err, &format!("{error}\n"), BAD_INPUT),
        };
    }
    // Looking leaves no journal behind.
    let journal: Option<Arc<dyn SharedJournal>> = match arguments.dry_run {
        true => None,
        false => match SqliteJournal::open(&arguments.journal) {
            Ok(journal) => Some(Arc::new(journal)),
            Err(error) => return told(err, &format!("{}\n", with_causes(&error)), BAD_INPUT),
        },
    };
    let plan = match &tag {
        Some(image) => match pin(&ground, journal.as_ref(), &plan, image).await {
            Ok(plan) => plan,
            Err(error) => return failed(err, &error),
        },
        None => plan,
    };
    let Some(journal) = journal else {
        return match survey(&ground, &plan).await {
            Ok(text) => told(out, &text, 0),
            Err(error) => told(err, &format!("{}\n", with_causes(&error)), NO_END),
        };
    };
    let scale = arguments.scale;
    let who = Who::new(std::env::var("USER").unwrap_or_else(|_| "operator".to_owned()));
    let answer = arguments.answer.map(|act| Command::new(who.clone(), arguments.because, act));
    let start_now = arguments.start_now;
    let rollout = EcsRun { ground, journal, plan, tag, scale, who, start_now, answer };
    let ended = if arguments.json {
        rollout.carry_out(wishes, &mut io::sink()).await
    } else {
        rollout.carry_out(wishes, out).await
    };
    let ended = match ended {
        Ok(ended) => ended,
        Err(error) => return failed(err, &error),
    };
    let text = if arguments.json {
        format!("{}\n", ended.record.to_json_pretty())
    } else {
        greenflow_examples::summary(&ended.record, None)
    };
    told(out, &text, status_of(ended.ended))
}

/// Reads both files, and reports what is wrong with either at once.
fn read(arguments: &Arguments) -> Result<(Plan, EcsConfig), BadInput> {
    let plan = greenflow_examples::read_plan(&arguments.plan);
    let config = read_config(&arguments.config);
    let (plan, config) = match (plan, config) {
        (Ok(plan), Ok(config)) => (plan, config),
        (Err(one), Err(other)) => return Err(BadInput::Senseless(format!("{one}\n{other}"))),
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => return Err(error),
    };
    let name = arguments.plan.display().to_string();
    let senseless = |error: greenflow_core::plan::PlanError| {
        BadInput::Senseless(error.in_file(&name).to_string())
    };
    let plan = match &config.green {
        Some(Green::Pinned(green)) => {
            let mut body = plan.body().clone();
            body.green = green.clone();
            Plan::from_body(body).map_err(senseless)?
        }
        Some(Green::Tagged(_)) | None => plan,
    };
    Ok((scaled(&plan, arguments.scale).map_err(senseless)?, config))
}

async fn load(config: &EcsConfig, endpoint: Option<&str>) -> SdkConfig {
    let mut loader =
        aws_config::defaults(BehaviorVersion::latest()).region(Region::new(config.region.clone()));
    if let Some(endpoint) = endpoint {
        loader = loader.endpoint_url(endpoint);
    }
    loader.load().await
}

/// Turns interrupts into wishes: one hands over after a moment, a second in that moment aborts.
pub(crate) async fn interrupts(wish: UnboundedSender<Wish>) {
    if tokio::signal::ctrl_c().await.is_err() {
        return;
    }
    // Whether anybody reads it does not matter.
    let _: io::Result<()> = writeln!(
        io::stderr(),
        "interrupted: handing over in {} s; interrupt again to go back to blue",
        MOMENT.as_secs()
    );
    let again = tokio::time::timeout(MOMENT, tokio::signal::ctrl_c()).await;
    let wished = if matches!(again, Ok(Ok(()))) { Wish::Abort } else { Wish::HandOver };
    // Nobody hears it any more when the rollout has just ended.
    let _: Result<(), _> = wish.send(wished);
    // Later interrupts change nothing: the way back is under way.
    std::future::pending::<()>().await;
}

const fn status_of(ended: Option<Ended>) -> u8 {
    match ended {
        Some(Ended::Completed) => 0,
        Some(Ended::RolledBack) => 2,
        Some(Ended::Stuck) => 3,
        Some(Ended::Refused) => REFUSED,
        None => HANDED_OVER,
    }
}

/// Says why it came to no end.
fn failed(err: &mut impl Write, error: &EcsError) -> u8 {
    let bad_input = match error {
        EcsError::Plan(_)
        | EcsError::OtherPlan(_)
        | EcsError::Name(_)
        | EcsError::NobodyAsks(_)
        | EcsError::Refused(_) => true,
        EcsError::Image(error) => {
            matches!(error.kind(), ErrorKind::InvalidRequest | ErrorKind::NotFound)
        }
        EcsError::Engine(_) | EcsError::Journal(_) | EcsError::Record(_) | EcsError::Write(_) => {
            false
        }
    };
    match bad_input {
        true => told(err, &format!("{error}\n"), BAD_INPUT),
        false => told(err, &format!("{}\n", with_causes(error)), NO_END),
    }
}

fn told(to: &mut impl Write, text: &str, status: u8) -> u8 {
    match to.write_all(text.as_bytes()).and_then(|()| to.flush()) {
        Ok(()) => status,
        Err(_) => NO_END,
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

const REFUSED: u8 = 4;
const HANDED_OVER: u8 = 5;
const BAD_INPUT: u8 = 64;
const NO_END: u8 = 70;

/// How long after an interrupt a second one is waited for.
const MOMENT: Duration = Duration::from_secs(3);
