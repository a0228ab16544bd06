//! Over random documents, requests and replies.

use proptest::prelude::*;

use super::*;

/// What a random node is made of: kind, two targets further on, a small number for settings.
type Seed = (u8, usize, usize, u8);

/// A valid document: every edge leads further down the list, so that there are no loops.
fn document(seeds: &[Seed]) -> Value {
    let count = seeds.len();
    let mut elements = vec![start("n0")];
    for (at, (kind, first, second, setting)) in seeds.iter().enumerate() {
        let further = |by: usize| match at + 1 + by % 4 {
            next if next < count => format!("n{next}"),
            _ => "last".to_owned(),
        };
        let (first, second) = (further(*first), further(*second));
        let id = format!("n{at}");
        let is_open = setting % 3 == 0;
        elements.push(match kind % 5 {
            0 => json!({"id": id, "type": "conditional", "outputs": {"true": to(&first), "false": to(&second)},
                "properties": {"conditions": {"metadata.user_id": "u1"}}}),
            1 => json!({"id": id, "type": "percentage", "outputs": {"40%": to(&first), "else": to(&second)}}),
            2 => set(
                set(
                    limit(&id, "cost", &first, if is_open { "" } else { &second }),
                    "mode",
                    json!(["enforce", "watch"][usize::from(setting % 2)]),
                ),
                "onUnavailable",
                json!(["fallback", "allow"][usize::from(setting / 2 % 2)]),
            ),
            3 => set(
                limit(&id, "count", &first, if is_open { "" } else { &second }),
                "missingKey",
                json!(["shared", "fallback"][usize::from(setting % 2)]),
            ),
            _ => set(
                set(model(&id, if is_open { "" } else { &second }), "retries", json!(setting % 6)),
                "fallbackOn",
                [json!("default"), json!("any"), json!(["timeout", 500])][usize::from(setting % 3)].clone(),
            ),
        });
    }
    elements.push(model("last", ""));
    elements.push(end());
    json!({ "elements": elements })
}

fn estimate(random: u8) -> Estimate {
    match random % 5 {
        0 => Estimate::Blocked,
        1 => Estimate::Allow,
        2 => Estimate::Flat(PicoUsd(7)),
        _ => Estimate::Priced(PicoUsd(i64::from(random) << 40)),
    }
}

/// A reply that fits the effect, or now and then one that does not.
fn reply(effect: &Effect, random: u8) -> Reply {
    if random == 255 {
        return Reply::Begin;
    }
    let verdict = |at: usize| match (usize::from(random) + at) % 7 {
        0 => Verdict::Refused { used: i64::MAX, retry_at: UnixMs(9) },
        1 => Verdict::WouldRefuse { used: 12, retry_at: UnixMs(9) },
        _ => Verdict::Passed { used: 3 },
    };
    match effect {
        Effect::Admit { .. } if random.is_multiple_of(11) => Reply::Unavailable,
        Effect::Admit { asks } => {
            let mut verdicts: Vec<Verdict> = Vec::new();
            for at in 0..asks.len() {
                verdicts.push(verdict(at));
                if verdicts.last().is_some_and(|verdict| !verdict.passes()) {
                    break;
                }
            }
            Reply::Admitted(verdicts)
        }
        Effect::Call { .. } => {
            let class = match random % 6 {
                0 => return Reply::Called(Ok(())),
                1 => FaultClass::FirstTokenTimeout,
                2 => FaultClass::Status(400),
                3 => FaultClass::Status(429),
                4 => FaultClass::Connect,
                _ => FaultClass::Status(500),
            };
            let retry_after_ms = random.is_multiple_of(4).then(|| u64::from(random) << (random % 64));
            Reply::Called(Err(Fault { class, retry_after_ms, detail: String::new() }))
        }
        Effect::Wait { .. } => Reply::Waited,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn every_compiled_walk_ends(
        seeds in proptest::collection::vec((any::<u8>(), 0_usize..4, 0_usize..4, any::<u8>()), 1..30),
        replies in proptest::collection::vec(any::<u8>(), 300), user in "(u1|u2|)",
    ) {
        let document = document(&seeds);
        let compiled = compile(&spec(document.clone()), &Unknown);
        // Success of a model leads to End, as does nothing else that is random: the document is valid.
        let route = Arc::new(compiled.route.unwrap_or_else(|| panic!("{:?}", compiled.problems)));
        let facts = facts(&if user.is_empty() { String::new() } else { format!("user_id={user}") });
        let mut draws = replies.iter().rev().map(|byte| u64::from(*byte) << 56);
        let mut random = move || draws.next().unwrap_or(0);
        let flips = std::cell::Cell::new(0_usize);
        let price = |_: &ModelNode, _: Enforcement| {
            flips.set(flips.get() + 1);
            estimate(replies[flips.get() % replies.len()])
        };
        let mut env = Env { facts: &facts, now: UnixMs(5), random: &mut random, estimate: &price };
        let mut walk = Walk::new(route, scope(), CallPolicy::default());
        let mut turn = walk.step(Reply::Begin, &mut env);
        let mut deadline_was_last = false;
        let mut steps = 0;
        while let Turn::Do(effect) = &turn {
            // Each admission moves on, drops a held budget or is followed by a call; calls and waits are ten at most.
            prop_assert!(steps < 20 + 2 * (seeds.len() + 3), "{document}");
            prop_assert!(!(deadline_was_last && matches!(effect, Effect::Call { .. })), "{document}");
            let answer = reply(effect, replies[steps]);
            deadline_was_last = match (effect, &answer) {
                (Effect::Call { is_last, .. }, Reply::Called(Err(fault))) => *is_last && fault.class.is_timeout(),
                (Effect::Call { .. }, _) => false,
                _ => deadline_was_last,
            };
            if let Effect::Wait { ms } = effect {
                prop_assert!(*ms <= waypost_policy::limits::RETRY_DELAY_MS_MAX);
            }
            turn = walk.step(answer, &mut env);
            steps += 1;
        }
        prop_assert!(walk.calls() <= 10);
        let mut passed: Vec<&str> = walk.trail().iter().map(|step| step.node.as_str()).collect();
        passed.sort_unstable();
        passed.dedup();
        prop_assert_eq!(passed.len(), walk.trail().len(), "a node is left at most once");
    }

    #[test]
    fn widening_a_split_moves_nobody_who_has_it(
        before in 1_u32..99, more in 1_u32..99, named in any::<bool>(), user in "[a-z0-9]{1,12}",
    ) {
        let after = (before + more).min(100);
        let branch_of = |share: u32| {
            let (outputs, branches) = match named {
                true => (json!({"new": to("new"), "old": to("old")}),
                    json!([{"name": "new", "weight": share}, {"name": "old", "weight": 100 - share}])),
                false => (json!({format!("{share}%"): to("new"), "else": to("old")}), Value::Null),
            };
            let split = json!({"id": "p", "type": "percentage", "outputs": outputs,
                "properties": {"sticky": "metadata.user_id", "branches": branches}});
            let document = json!({"elements": [start("p"), split, model("new", ""), model("old", ""), end()]});
            let (text, _) = Drive::new(&format!("user_id={user}")).run(&route(document), "ok");
            text.rsplit(' ').next().unwrap_or_default().to_owned()
        };
        if branch_of(before) == "new" {
            prop_assert_eq!(branch_of(after), "new");
        }
    }
}
