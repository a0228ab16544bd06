//! The first steps: which of them are done.

pub(crate) mod get;
pub(crate) mod note;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waypost_store::{
    GatewayRef, NoteKind, NoteRecord,
    config::PageQuery,
    filter::{Field, Filter, FilterKey, Operator, Values},
    log::{LogQuery, Paging},
};

use crate::{
    Admin, logs,
    refusal::{Noun, Outcome},
    routes,
};

/// What callers inside the dashboard are called in rows.
const PLAYGROUND: &str = "Playground";

/// One of the first steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// An answer was got.
    Answer,
    /// A route was simulated.
    Simulate,
    /// A route was deployed.
    Deploy,
    /// A log entry was opened.
    OpenLog,
    /// A request came from outside of the dashboard.
    Curl,
}

const STEPS: [Step; 5] = [Step::Answer, Step::Simulate, Step::Deploy, Step::OpenLog, Step::Curl];

/// The first steps.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GetStartedView {
    /// In the order of the tour.
    steps: Vec<StepView>,
    /// Somebody closed the list.
    dismissed: bool,
}

/// One of the first steps.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StepView {
    /// Which.
    id: Step,
    /// It is done, and stays so.
    done: bool,
}

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Remembered {
    done: Vec<Step>,
    dismissed: bool,
}

impl Remembered {
    fn view(&self) -> GetStartedView {
        let step = |id| StepView { id, done: self.done.contains(&id) };
        GetStartedView { steps: STEPS.into_iter().map(step).collect(), dismissed: self.dismissed }
    }

    fn note(&self, gateway: &GatewayRef) -> NoteRecord {
        NoteRecord {
            gateway: gateway.clone(),
            kind: NoteKind::GetStarted,
            subject: String::new(),
            document: serde_json::to_string(self).unwrap_or_default(),
        }
    }
}

impl Admin {
    async fn remembered(&self, gateway: &GatewayRef) -> Outcome<Remembered> {
        let stored = self.config.notes().find(gateway, NoteKind::GetStarted, "").await.noun("Note")?;
        Ok(stored.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    /// What log and routes show by themselves.
    async fn shown(&self, gateway: &GatewayRef) -> Outcome<Vec<Step>> {
        let mut done = Vec::new();
        let real = Filter {
            key: FilterKey::Field(Field::UserAgent),
            operator: Operator::Neq,
            values: Values::Texts(vec![crate::insight::demo::USER_AGENT.to_owned()]),
        };
        let answered =
            Filter { key: FilterKey::Field(Field::Success), operator: Operator::Eq, values: Values::Flags(vec![true]) };
        let outside = Filter {
            key: FilterKey::Field(Field::KeyLabel),
            operator: Operator::Neq,
            values: Values::Texts(vec![PLAYGROUND.to_owned()]),
        };
        if self.has_row(gateway, vec![real.clone(), answered]).await? {
            done.push(Step::Answer);
        }
        if self.has_row(gateway, vec![real, outside]).await? {
            done.push(Step::Curl);
        }
        let found = self.config.routes().list(gateway, &PageQuery::ALL).await.noun(routes::NOUN)?;
        if found.items.iter().any(|route| route.live_version.is_some()) {
            done.push(Step::Deploy);
        }
        Ok(done)
    }

    async fn has_row(&self, gateway: &GatewayRef, filters: Vec<Filter>) -> Outcome<bool> {
        let query = LogQuery { filters, paging: Paging::After { cursor: None, limit: 1 }, ..LogQuery::default() };
        Ok(!self.logs.list(gateway, &query).await.noun(logs::NOUN)?.rows.is_empty())
    }
}
