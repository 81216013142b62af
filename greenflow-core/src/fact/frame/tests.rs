use proptest::prelude::*;

use super::*;
use crate::fact::{Entry, Fact, NoticeResult};
use crate::provider::{NoticeKey, StoredFrame};
use crate::value::{RolloutId, Severity, Timestamp, WallTime};

fn rollout() -> RolloutId {
    RolloutId::new("r").unwrap()
}

fn entry(sequence: u64, fact: Fact) -> Entry {
    let (at, wall) = (Timestamp::from_millis(7), WallTime::from_unix_millis(-1));
    Entry { sequence, epoch: 1, at, wall, fact }
}

fn noted(sequence: u64) -> Entry {
    let (what, done) = (format!("fault {sequence}"), String::new());
    entry(sequence, Fact::IssueNoted { severity: Severity::Minor, what, done })
}

fn stored(sequence: u64, frame: Vec<u8>) -> StoredFrame {
    StoredFrame { sequence, epoch: 1, frame }
}

/// Writes facts and stores them.
fn journal(entries: &[Entry]) -> Vec<StoredFrame> {
    let mut chain = Chain::of(&rollout());
    entries.iter().map(|entry| stored(entry.sequence, chain.write(entry).unwrap())).collect()
}

fn read(frames: &[StoredFrame]) -> Result<Vec<Entry>, FrameError> {
    Chain::of(&rollout()).read_all(frames)
}

/// Changes a frame and gives it the checksum and length that it then has.
fn resealed(frame: &[u8], change: impl FnOnce(&mut RawFrame)) -> Vec<u8> {
    let mut raw = RawFrame::from_bytes(1, frame).unwrap();
    change(&mut raw);
    raw.to_bytes().unwrap()
}

fn damage(frames: &[StoredFrame]) -> Damage {
    let error = read(frames).unwrap_err();
    let FrameError::Damaged { damage, .. } = error else { panic!("{error}") };
    damage
}

#[test]
fn the_bytes_are_where_the_page_says() {
    let frames = journal(&[noted(1)]);
    let frame = &frames[0].frame;
    let payload = br#"{"issue_noted":{"severity":"minor","what":"fault 1","done":""}}"#;
    assert_eq!(frame[0..4], u32::try_from(frame.len()).unwrap().to_le_bytes());
    assert_eq!(frame[8..10], 1_u16.to_le_bytes());
    assert_eq!(frame[10..12], [1, 11]);
    assert_eq!(frame[12..20], 1_u64.to_le_bytes());
    assert_eq!(frame[20..28], 1_u64.to_le_bytes());
    assert_eq!(frame[28..36], 7_u64.to_le_bytes());
    assert_eq!(frame[36..44], (-1_i64).to_le_bytes());
    assert_eq!(&frame[60..71], b"issue_noted");
    assert_eq!(&frame[71..], payload);
    let sum = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI);
    let rest = [&frame[..4], &frame[8..]].concat();
    assert_eq!(frame[4..8], sum.checksum(&rest).to_le_bytes());
}

#[test]
fn the_checksum_and_the_hash_are_the_usual_ones() {
    // The check values of CRC-32C, and of SHA-256 for "abc".
    assert_eq!(crc::Crc::<u32>::new(&crc::CRC_32_ISCSI).checksum(b"123456789"), 0xe306_9283);
    let abc = format!("{:?}", ChainHash::after(b"abc"));
    assert_eq!(abc, "ba7816bf8f01cfea414140de5dae2223");
}

#[test]
fn every_kind_of_fact_is_known_by_its_name() {
    let error = serde_json::from_str::<Fact>(r#"{"teleported":0}"#).unwrap_err().to_string();
    let kinds: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
    assert_eq!(kinds, KNOWN_KINDS, "{error}");
    assert!(KNOWN_KINDS.iter().all(|kind| kind.len() <= KIND_BYTES_MAX));
}

#[test]
fn a_frame_of_another_rollout_epoch_or_place_is_refused() {
    let frames = journal(&[noted(1), noted(2)]);
    assert_eq!(read(&frames).unwrap(), [noted(1), noted(2)]);
    let other = RolloutId::new("q").unwrap();
    let error = Chain::of(&other).read_all(&frames).unwrap_err();
    let (sequence, damage_of) = (1, Damage::Chain);
    assert_eq!(error, FrameError::Damaged { sequence, damage: damage_of });

    let with = |change: &dyn Fn(&mut StoredFrame)| {
        let mut frames = frames.clone();
        change(&mut frames[1]);
        damage(&frames)
    };
    let epoch = Damage::Epoch { written: 1, stored: 2 };
    assert_eq!(with(&|frame| frame.epoch = 2), epoch);
    assert_eq!(with(&|frame| frame.sequence = 3), Damage::Sequence(3));
    assert_eq!(with(&|frame| frame.frame = frames[0].frame.clone()), Damage::Sequence(1));
    let old = resealed(&frames[1].frame, |raw| raw.epoch = 0);
    assert_eq!(with(&|frame| frame.frame = old.clone()), Damage::OldEpoch { epoch: 0, before: 1 });
    let loose = resealed(&frames[1].frame, |raw| raw.previous = ChainHash::after(b""));
    assert_eq!(with(&|frame| frame.frame = loose.clone()), Damage::Chain);
}

#[test]
fn what_a_newer_release_wrote_is_told_from_damage() {
    let frames = journal(&[noted(1)]);
    let with =
        |change: &dyn Fn(&mut RawFrame)| read(&[stored(1, resealed(&frames[0].frame, change))]);
    let sequence = 1;
    let needs = Needs::Format { sequence, format: 2 };
    assert_eq!(with(&|raw| raw.format = 2), Err(needs.into()));
    let kind = || "lent".to_owned();
    let needs = Needs::Kind { sequence, kind: kind(), format: 1 };
    assert_eq!(with(&|raw| raw.kind = kind()), Err(needs.into()));

    let says = |payload: &str| {
        let error = with(&|raw| raw.payload = payload.as_bytes().to_vec()).unwrap_err();
        let FrameError::TooNew(Needs::Content { problem, .. }) = error else { panic!("{error}") };
        problem
    };
    let field = r#"{"issue_noted":{"severity":"minor","what":"","done":"","cost":3}}"#;
    assert_eq!(says(field), "it has fields of another release");
    let severity = r#"{"issue_noted":{"severity":"fatal","what":"","done":""}}"#;
    assert!(says(severity).contains("fatal"));
    let other = r#"{"traffic_trusted":{"split":0}}"#;
    assert_eq!(says(other), r#"it is "traffic_trusted""#);
    let needs = with(&|raw| raw.must_understand = false).unwrap_err().to_string();
    assert!(needs.contains("must understand"), "{needs}");
}

#[test]
fn an_unknown_kind_that_need_not_be_understood_is_kept_byte_for_byte() {
    let frames = journal(&[noted(1)]);
    let unknown = resealed(&frames[0].frame, |raw| {
        (raw.kind, raw.payload) = ("weather".to_owned(), vec![0, 255, 3]);
        raw.must_understand = false;
    });
    let entries = read(&[stored(1, unknown.clone())]).unwrap();
    let Fact::Unknown(fact) = &entries[0].fact else { panic!("{entries:?}") };
    assert_eq!((fact.kind(), fact.payload()), ("weather", &[0, 255, 3][..]));
    assert_eq!(journal(&entries)[0].frame, unknown);
}

#[test]
fn a_frame_that_is_too_long_is_neither_written_nor_read() {
    let fact = |bytes: usize| {
        let failure = "a".repeat(bytes);
        Fact::IssueNoted { severity: Severity::Minor, what: failure, done: String::new() }
    };
    let mut chain = Chain::of(&rollout());
    let before = chain.clone();
    let longest = FRAME_BYTES_MAX - journal(&[entry(1, fact(0))])[0].frame.len();
    let error = chain.write(&entry(1, fact(longest + 1))).unwrap_err();
    assert!(matches!(error, FrameError::Unwritable { sequence: 1, .. }), "{error}");
    assert_eq!(chain, before);
    let frame = chain.write(&entry(1, fact(longest))).unwrap();
    assert_eq!(frame.len(), FRAME_BYTES_MAX);
    assert!(read(&[stored(1, frame.clone())]).is_ok());
    let longer = [frame, vec![b' ']].concat();
    let expected = Damage::TooLong(FRAME_BYTES_MAX as u64 + 1);
    assert_eq!(damage(&[stored(1, longer)]), expected);
}

#[test]
fn only_the_next_fact_is_written() {
    let mut chain = Chain::of(&rollout());
    chain.write(&Entry { epoch: 2, ..noted(1) }).unwrap();
    let before = chain.clone();
    for wrong in [noted(1), noted(3), noted(2)] {
        assert!(chain.write(&wrong).is_err(), "{wrong:?}");
        assert_eq!(chain, before);
    }
}

#[test]
fn flags_format_and_kind_that_cannot_be_are_damage() {
    let frames = journal(&[noted(1)]);
    let sealed = |at: usize, byte: u8| {
        let mut frame = frames[0].frame.clone();
        frame[at] = byte;
        let rest = [&frame[..4], &frame[8..]].concat();
        let sum = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI).checksum(&rest);
        frame[4..8].copy_from_slice(&sum.to_le_bytes());
        damage(&[stored(1, frame)])
    };
    assert_eq!(sealed(8, 0), Damage::Field("format"));
    assert_eq!(sealed(10, 3), Damage::Field("flags"));
    assert_eq!(sealed(11, 0), Damage::Field("kind"));
    assert_eq!(sealed(60, b'I'), Damage::Field("kind"));
    assert!(matches!(sealed(11, 255), Damage::Length { .. }));
}

/// Everything between the format and the kind, as the first frame of a rollout has it.
fn next_header(times: [u8; 16], must_understand: bool) -> Vec<u8> {
    let first = journal(&[noted(1)]).remove(0).frame;
    let mut header = first[10..60].to_vec();
    header[0] = u8::from(must_understand);
    header[18..34].copy_from_slice(&times);
    header
}

proptest! {
    #[test]
    fn no_bytes_panic_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read(&[stored(1, bytes)]).unwrap_err();
    }

    /// With length and checksum right, everything behind them is reached.
    #[test]
    fn no_sealed_bytes_panic_the_reader(
        header in prop_oneof![
            prop::collection::vec(any::<u8>(), 50),
            (any::<[u8; 16]>(), any::<bool>()).prop_map(|(times, must)| next_header(times, must)),
        ],
        format in 0..3_u16,
        kind in prop_oneof![prop::sample::select(KNOWN_KINDS.to_vec()), Just("lent")],
        payload in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..100),
            r#"\{"(issue_noted|moved|intent|started)":[\[{"a-z0-9:,}\]]{0,60}\}"#
                .prop_map(String::into_bytes),
        ],
    ) {
        let mut frame = [&[0; 8][..], &format.to_le_bytes(), &header, kind.as_bytes(), &payload].concat();
        let length = u32::try_from(frame.len()).unwrap();
        frame[..4].copy_from_slice(&length.to_le_bytes());
        frame[10] &= 1;
        frame[11] = u8::try_from(kind.len()).unwrap();
        let rest = [&frame[..4], &frame[8..]].concat();
        let sum = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI).checksum(&rest);
        frame[4..8].copy_from_slice(&sum.to_le_bytes());
        if let Ok(raw) = RawFrame::from_bytes(1, &frame) {
            prop_assert_eq!(raw.to_bytes().unwrap(), &frame[..]);
        }
        if let Ok(entries) = read(&[stored(1, frame.clone())]) {
            prop_assert_eq!(&journal(&entries)[0].frame, &frame);
        }
    }

    #[test]
    fn what_is_written_is_read(texts in prop::collection::vec(".{0,40}", 1..5), key in ".{0,20}") {
        let fact = |what: String| {
            Fact::IssueNoted { severity: Severity::Critical, what, done: "1.5 é \u{0}".to_owned() }
        };
        let ended = Fact::NoticeEnded { key: NoticeKey(key), result: NoticeResult::Sent };
        let facts = texts.into_iter().map(fact).chain([ended]);
        let entries: Vec<_> = (1..).zip(facts).map(|(place, fact)| entry(place, fact)).collect();
        prop_assert_eq!(read(&journal(&entries)).unwrap(), entries);
    }
}
