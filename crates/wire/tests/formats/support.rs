//! The fixtures, and the suite that every format passes.

use std::{fs, path::PathBuf};

use waypost_types::WireFormat;
use waypost_wire::{
    event::ReplyEvent,
    formats::{DecodeError, StreamDecoder, StreamEncoder},
    prompt::Json,
    reply::ReplyIdentity,
};

/// One folder of `fixtures/wire/<format>`.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
}

impl Case {
    pub(crate) fn all(format: WireFormat) -> Vec<Self> {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/wire").join(format.as_str());
        let mut cases: Vec<Self> = fs::read_dir(&root)
            .unwrap_or_else(|error| panic!("{}: {error}", root.display()))
            .map(|entry| entry.unwrap())
            .map(|entry| Self { name: entry.file_name().into_string().unwrap(), folder: entry.path() })
            .collect();
        cases.sort_by(|a, b| a.name.cmp(&b.name));
        assert!(!cases.is_empty());
        cases
    }

    pub(crate) fn read(&self, file: &str) -> Option<Vec<u8>> {
        fs::read(self.folder.join(file)).ok()
    }
}

pub(crate) fn identity() -> ReplyIdentity {
    ReplyIdentity { id: "01JD7TESTID".into(), created_s: 1_700_000_000, model: "smart-route".into() }
}

/// What a whole stream says.
pub(crate) fn events(format: WireFormat, bytes: &[u8]) -> Result<Vec<ReplyEvent>, DecodeError> {
    let mut decoder = StreamDecoder::new(format);
    let mut out = Vec::new();
    decoder.push(bytes, &mut out)?;
    decoder.finish(&mut out)?;
    Ok(out)
}

/// The stream that says this.
pub(crate) fn stream(format: WireFormat, events: &[ReplyEvent]) -> (String, Vec<String>) {
    let mut encoder = StreamEncoder::new(format, identity(), true);
    let mut out = Vec::new();
    events.iter().for_each(|event| encoder.push(event, &mut out));
    if !events.iter().any(|event| matches!(event, ReplyEvent::Error { .. })) {
        encoder.finish(&mut out);
    }
    (String::from_utf8(out).unwrap(), encoder.losses().0.clone())
}

pub(crate) fn json(bytes: &[u8]) -> Json {
    Json::parse(bytes).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(bytes)))
}

pub(crate) fn pretty(bytes: &[u8]) -> String {
    serde_json::to_string_pretty(&json(bytes)).unwrap()
}

/// The data of every event, read by the rules of the standard for one-line data.
pub(crate) fn data_lines(stream: &str) -> Vec<&str> {
    stream.split(['\n', '\r']).filter_map(|line| line.strip_prefix("data: ")).collect()
}
