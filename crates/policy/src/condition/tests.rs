use std::time::{Duration, Instant};

use serde_json::json;
use waypost_types::Metadata;

use super::*;

fn facts() -> RequestFacts {
    let mut metadata = Metadata::default();
    metadata.set("user_id", Scalar::text("user-anna"));
    metadata.set("plan", Scalar::text("free"));
    metadata.set("seats", Scalar::Number(5.0));
    metadata.set("beta", Scalar::Bool(true));
    metadata.set("email", Scalar::text("anna@example.com"));
    RequestFacts {
        metadata,
        headers: vec![("x-tier".into(), "3".into()), ("x-team".into(), "search".into())],
        body: vec![("max_tokens".into(), Scalar::Number(500.0))],
        input_tokens: 1_200,
        message_count: 4,
        key_label: "back end".into(),
        hour: 23,
        ..RequestFacts::default()
    }
}

fn filter(document: Value) -> Evaluated {
    Condition::filter(&document).unwrap_or_else(|problems| panic!("{problems:?}")).evaluate(&facts())
}

fn expression(source: &str) -> Evaluated {
    Condition::expression(source).unwrap_or_else(|problems| panic!("{problems:?}")).evaluate(&facts())
}

fn filter_problem(document: Value) -> String {
    problem(Condition::filter(&document))
}

fn expression_problem(source: &str) -> String {
    problem(Condition::expression(source))
}

fn problem(result: Result<Condition, Vec<ConditionProblem>>) -> String {
    result.unwrap_err().first().unwrap().to_string()
}

#[test]
fn every_operator_decides() {
    let cases = [
        (json!({"metadata.user_id": "user-anna"}), true),
        (json!({"metadata.user_id": {"$eq": "user-admin"}}), false),
        (json!({"metadata.plan": {"$ne": "paid"}}), true),
        (json!({"metadata.seats": {"$gt": 4, "$lt": 6}}), true),
        (json!({"metadata.seats": {"$gte": 5, "$lte": 4}}), false),
        (json!({"metadata.plan": {"$in": ["free", "trial"]}}), true),
        (json!({"metadata.plan": {"$nin": ["free", "trial"]}}), false),
        (json!({"metadata.team": {"$exists": false}}), true),
        (json!({"metadata.plan": {"$exists": true}}), true),
        (json!({"metadata.email": {"$regex": "@example[.]com$"}}), true),
        (json!({"metadata.email": {"$regex": "^ANNA", "$options": "i"}}), true),
        (json!({"metadata.email": {"$contains": "nobody"}}), false),
        (json!({"$and": [{"metadata.plan": "free"}, {"metadata.seats": 5}]}), true),
        (json!({"$or": [{"metadata.plan": "paid"}, {"metadata.seats": 6}]}), false),
        (json!({"$nor": [{"metadata.plan": "paid"}, {"metadata.seats": 6}]}), true),
        (json!({"$not": {"metadata.plan": "free"}}), false),
        (json!({"metadata.plan": {"$not": {"$eq": "paid"}}}), true),
        (json!({"metadata.plan": "free", "request.message_count": {"$lte": 4}}), true),
        (json!({"request.input_tokens": {"$gt": 1000}}), true),
        (json!({"key.label": {"$regex": "^back"}}), true),
        (json!({"time.hour": {"$gte": 22}}), true),
        (json!({"headers.X-Team": "search"}), true),
        (json!({"body.max_tokens": 500}), true),
    ];
    for (document, matched) in cases {
        assert_eq!(filter(document.clone()).matched, matched, "{document}");
    }
}

#[test]
fn spelling_does_not_decide_equality_or_order() {
    for (document, matched) in [
        (json!({"headers.x-tier": 3}), true),
        (json!({"headers.x-tier": 3.0}), true),
        (json!({"headers.x-tier": {"$gt": 2}}), true),
        (json!({"headers.x-tier": {"$in": [1, 2, 3]}}), true),
        (json!({"metadata.seats": "5"}), true),
        (json!({"metadata.seats": "5.0"}), true),
        (json!({"metadata.beta": "true"}), true),
        (json!({"metadata.beta": 1}), false),
        (json!({"headers.x-tier": "3.0"}), false),
        (json!({"headers.x-team": 0}), false),
    ] {
        assert_eq!(filter(document.clone()).matched, matched, "{document}");
    }
}

#[test]
fn what_is_missing_leaves_undecided_and_is_noted() {
    for document in [
        json!({"metadata.team": "a"}),
        json!({"metadata.team": {"$ne": "a"}}),
        json!({"metadata.team": {"$nin": ["a"]}}),
        json!({"metadata.team": {"$not": {"$eq": "a"}}}),
        json!({"$nor": [{"metadata.team": "a"}]}),
        json!({"$and": [{"metadata.plan": "free"}, {"metadata.team": {"$gt": 1}}]}),
    ] {
        let evaluated = filter(document.clone());
        assert!(!evaluated.matched, "{document}");
        assert_eq!(evaluated.notes, ["metadata.team is missing"], "{document}");
        assert_eq!(evaluated.reason, "metadata.team is missing");
    }
    assert!(filter(json!({"$or": [{"metadata.team": "a"}, {"metadata.plan": "free"}]})).matched);
    assert!(filter(json!({"metadata.team": null})).matched);
    assert!(filter(json!({"metadata.plan": {"$ne": null}})).matched);
}

#[test]
fn a_mismatch_leaves_undecided_and_is_noted() {
    let evaluated = filter(json!({"metadata.plan": {"$not": {"$gt": 3}}}));
    assert_eq!(
        (evaluated.matched, evaluated.notes),
        (false, vec![r#"metadata.plan is "free", not a number"#.to_owned()])
    );
}

#[test]
fn reasons_say_what_was_seen() {
    let reason = |document| filter(document).reason;
    assert_eq!(
        reason(json!({"metadata.user_id": "user-admin"})),
        r#"metadata.user_id is "user-anna", not "user-admin""#
    );
    assert_eq!(reason(json!({"metadata.user_id": "user-anna"})), r#"metadata.user_id is "user-anna""#);
    assert_eq!(reason(json!({"body.max_tokens": {"$gt": 1000}})), "body.max_tokens is 500, not greater than 1000");
    assert_eq!(reason(json!({"metadata.plan": {"$in": ["a"]}})), r#"metadata.plan is "free", not in the list"#);
    assert_eq!(
        reason(json!({"metadata.email": {"$regex": "^bob"}})),
        r#"metadata.email is "anna@example.com", which does not start with bob"#
    );
    assert_eq!(
        reason(json!({"$or": [{"metadata.plan": "paid"}, {"metadata.seats": {"$gte": 10}}]})),
        r#"metadata.plan is "free", not "paid"; metadata.seats is 5, not at least 10"#
    );
}

#[test]
fn the_trail_gets_the_values_seen() {
    let evaluated = filter(json!({"$or": [{"metadata.plan": "free"}, {"metadata.team": "a"}, {"body.max_tokens": 1}]}));
    let seen =
        [("metadata.plan", "free"), ("body.max_tokens", "500")].map(|(key, text)| (Text::from(key), Text::from(text)));
    assert_eq!(evaluated.seen, seen);
}

#[test]
fn sentences_read_like_the_form() {
    let sentence = |document| Condition::filter(&document).unwrap().to_string();
    assert_eq!(sentence(json!({"metadata.user_id": {"$eq": "user-admin"}})), "metadata.user_id equals user-admin");
    assert_eq!(
        sentence(json!({"metadata.plan": {"$in": ["a", "b"]}, "body.max_tokens": {"$gt": 1000}})),
        "body.max_tokens is greater than 1000 and metadata.plan is one of a, b"
    );
    assert_eq!(
        sentence(
            json!({"$or": [{"metadata.email": {"$regex": "@example\\.com$"}}, {"metadata.a": {"$exists": false}, "metadata.b": 1}]})
        ),
        "metadata.email ends with @example.com or (metadata.a is not there and metadata.b equals 1)"
    );
    assert_eq!(sentence(json!({"$nor": [{"metadata.plan": {"$regex": "a+"}}]})), "not (metadata.plan matches /a+/)");
}

#[test]
fn problems_name_the_place_and_say_what_to_do() {
    for (document, expected) in [
        (json!({}), "E07: The condition has no value."),
        (json!({"metadata.plan": ""}), "E07: The condition has no value."),
        (json!({"metadata.plan": {}}), "E07: The condition has no value."),
        (json!({"metadata.plan": {"$gt": "a"}}), "E07: > needs a number."),
        (json!({"metadata.plan": {"$regex": "(a"}}), "E07: This pattern isn't valid: unclosed group."),
        (json!({"metadata.plan": {"$like": "a"}}), "E07: `$like` isn't an operator."),
        (json!({"metadata.plan": {"$eq": ["a"]}}), "E07: A text, a number, true or false is needed here."),
        (json!({"user_id": "a"}), "E07: A condition can't read `user_id`. Did you mean `metadata.user_id`?"),
        (json!({"headers.authorization": "a"}), "E17: `headers.authorization` can't be used here: it is a secret."),
        (json!({"body.messages": "a"}), "E17: `body.messages` can't be used here: prompts stay out of routing."),
        (json!("metadata.plan"), "E07: A condition is an object, such as {\"metadata.plan\": \"free\"}."),
    ] {
        assert_eq!(filter_problem(document.clone()), expected, "{document}");
    }
    let document = json!({"$or": [{"metadata.plan": "a"}, {"metadata.seats": {"$gt": "b"}}, {"metadata.c": ""}]});
    let problems = Condition::filter(&document).unwrap_err();
    let paths: Vec<Value> = problems.iter().map(|problem| serde_json::to_value(&problem.path).unwrap()).collect();
    assert_eq!(paths, [json!(["$or", 1, "metadata.seats", "$gt"]), json!(["$or", 2, "metadata.c"])]);
}

#[test]
fn a27_large_conditions_are_refused_when_saved() {
    let terms: Vec<Value> =
        (0..1_000).map(|index| json!({format!("metadata.k{index}"): {"$gt": 1, "$lt": 9}})).collect();
    assert_eq!(filter_problem(json!({"$or": terms})), "E16: This condition has 2000 terms; at most 1000.");
    let terms: Vec<Value> = (0..10_000).map(|index| json!({format!("metadata.k{index}"): 1})).collect();
    assert_eq!(filter_problem(json!({"$or": terms})), "E16: This list has 10000 entries; at most 1000.");
    let list: Vec<u32> = (0..100_000).collect();
    assert_eq!(
        filter_problem(json!({"metadata.a": {"$in": list}})),
        "E16: This list has 100000 entries; at most 1000."
    );
    let mut deep = json!({"metadata.a": 1});
    for _ in 0..1_000 {
        deep = json!({"$not": deep});
    }
    assert_eq!(filter_problem(deep), "E16: This condition is nested deeper than 8.");
    assert_eq!(
        filter_problem(json!({"metadata.a": {"$regex": "a".repeat(513)}})),
        "E16: This pattern has 513 bytes; at most 512."
    );
    assert!(filter_problem(json!({"metadata.a": {"$regex": "((a{99}){99}){99}"}})).starts_with("E16"));
}

#[test]
fn eight_levels_are_accepted_and_nine_are_not() {
    let nested = |levels: usize| (1..levels).fold(json!({"metadata.a": 1}), |inner, _| json!({"$and": [inner]}));
    assert!(Condition::filter(&nested(8)).is_ok());
    assert!(Condition::filter(&nested(9)).is_err());
}

/// Half a kibibyte without any regularity that an automaton could remember.
fn noise() -> String {
    let mut state: u32 = 7;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if state >> 31 == 0 { 'a' } else { 'b' }
    };
    (0..512).map(|_| next()).collect()
}

/// The first evaluation of a fresh condition, when its automata remember nothing: the shortest of several, so that a
/// busy machine does not fail the test.
fn first_evaluation(compile: impl Fn() -> Condition) -> Duration {
    let mut facts = facts();
    facts.metadata.set("a", Scalar::text(noise()));
    let run = |_| {
        let condition = compile();
        let start = Instant::now();
        std::hint::black_box(condition.evaluate(&facts));
        start.elapsed()
    };
    (0..4).map(run).min().unwrap()
}

/// What a release has to keep; an unoptimised build is some thirty times slower.
const BOUND: Duration = if cfg!(debug_assertions) { Duration::from_millis(60) } else { Duration::from_millis(2) };

#[test]
fn a27_the_costliest_conditions_stay_quick() {
    let patterns = |pattern: &str, count| vec![json!({"metadata.a": {"$regex": pattern}}); count];
    let numbers: Vec<String> = (0..1_000).map(|index| index.to_string()).collect();
    for list in [
        patterns("(a+)+$b", 20),
        patterns("(a|aa)+c", 20),
        patterns("a[ab]{60}c", 3),
        patterns("(?:[ab]{0,10}a){8}c", 1),
        vec![json!({"metadata.a": {"$in": numbers}}); 10],
        vec![json!({"metadata.seats": 1_000}); 1_000],
    ] {
        let name = list[0].to_string();
        let document = json!({"$or": list});
        let took = first_evaluation(|| Condition::filter(&document).unwrap());
        assert!(took < BOUND, "{took:?}: {}", cut(&name, 80));
    }
}

#[test]
fn a27_patterns_are_bounded_together() {
    let too_large = "E16: The patterns here are too large; use fewer, or smaller repetitions.";
    for pattern in ["[ab]{201}", "([ab]{20}){20}", "(?:[ab]{0,80}a){3}", "a{1000}{1000}{1000}"] {
        assert_eq!(filter_problem(json!({"metadata.a": {"$regex": pattern}})), too_large, "{pattern}");
    }
    let several = vec![json!({"metadata.a": {"$regex": "[ab]{30}"}}); 7];
    assert_eq!(filter_problem(json!({"$or": several})), too_large);
    assert_eq!(expression_problem(&["metadata.a.matches('[ab]{30}')"; 7].join("||")), too_large);
    for pattern in [
        r"^\w+([.-]\w+)*@\w+([.-]\w+)*\.\w{2,3}$",
        r"^\w{8}-\w{4}-\w{4}-\w{4}-\w{12}$",
        r"(?i)^(gpt|claude|gemini)-.*$",
    ] {
        assert!(Condition::filter(&json!({"metadata.a": {"$regex": pattern}})).is_ok(), "{pattern}");
    }
}

#[test]
fn long_text_is_not_searched() {
    let mut facts = facts();
    facts.metadata.set("a", Scalar::text("a".repeat(513)));
    let condition = Condition::filter(&json!({"metadata.a": {"$not": {"$regex": "b"}}})).unwrap();
    let evaluated = condition.evaluate(&facts);
    assert!(!evaluated.matched && evaluated.reason.ends_with("too long to search"), "{evaluated:?}");
    assert!(evaluated.seen[0].1.len() < 300);
}

#[test]
fn expressions_decide() {
    for (source, matched) in [
        (r#"metadata.plan == "free" && body.max_tokens > 1000"#, false),
        (r#"metadata.plan == "free" && body.max_tokens >= 500"#, true),
        (r#"metadata["plan"] in ["free", "trial"]"#, true),
        (r#"!(metadata.plan == "paid") || false"#, true),
        (r#"headers["x-team"].startsWith("sea") && metadata.email.endsWith(".com")"#, true),
        (r#"metadata.email.contains("example") && metadata.email.matches("^anna@.+[.]com$")"#, true),
        (r#"int(headers["x-tier"]) > 2"#, true),
        (r#"has(metadata.team) ? metadata.team == "a" : metadata.plan == "free""#, true),
        ("metadata.seats % 2 == 1 && -metadata.seats < 0", true),
        ("double(metadata.seats) / 2.0 > 2.6", false),
        ("metadata.seats > 4.5 && metadata.seats == 5.0", true),
        ("request.input_tokens > 1000 && request.message_count == 4 && time.hour >= 22", true),
        (r#"key.label == "back end""#, true),
        ("metadata.beta", true),
        (r#"size(metadata.plan) == 4"#, true),
        (r#"metadata.user_id == 'user-admin'"#, false),
    ] {
        let evaluated = expression(source);
        assert_eq!((evaluated.matched, &evaluated.notes[..]), (matched, &[][..]), "{source}");
    }
}

#[test]
fn an_expression_that_cannot_be_decided_is_false_and_says_why() {
    for (source, note) in [
        (r#"metadata.team == "a""#, "metadata.team is missing"),
        (r#"metadata.team != "a""#, "metadata.team is missing"),
        (r#"!(metadata.team == "a")"#, "metadata.team is missing"),
        (r#"metadata.team.matches("a")"#, "metadata.team is missing"),
    ] {
        let evaluated = expression(source);
        assert_eq!((evaluated.matched, evaluated.notes), (false, vec![note.to_owned()]), "{source}");
    }
    for source in
        [r#"headers["x-tier"] > 2"#, "metadata.plan", "metadata.plan + 1 == 2", "1 / (metadata.seats - 5) == 1"]
    {
        let evaluated = expression(source);
        assert_eq!((evaluated.matched, evaluated.notes.len()), (false, 1), "{source}: {:?}", evaluated.notes);
    }
    assert!(expression(r#"metadata.team == "a" || metadata.plan == "free""#).matched);
}

#[test]
fn expressions_report_what_they_saw() {
    let condition = Condition::expression(r#"metadata.plan == "paid" && has(metadata.team)"#).unwrap();
    let evaluated = condition.evaluate(&facts());
    assert_eq!(evaluated.reason, r#"metadata.plan is "free"; metadata.team is missing"#);
    assert_eq!(evaluated.seen, [(Text::fixed("metadata.plan"), Text::fixed("free"))]);
    let operands: Vec<String> = condition.operands().iter().map(ToString::to_string).collect();
    assert_eq!(operands, ["metadata.plan", "metadata.team"]);
    assert_eq!(condition.to_string(), r#"metadata.plan == "paid" && has(metadata.team)"#);
}

#[test]
fn only_listed_names_compile() {
    for (source, expected) in [
        ("", "E07: The condition has no value."),
        ("user_id == 'a'", "E07: `user_id` isn't something a condition can read."),
        ("metadata == 'a'", "E07: A condition can't read `metadata`"),
        ("metadata[headers.x] == 'a'", "E07: Paths are constant"),
        ("headers.authorization == 'a'", "E17: `headers.authorization` can't be used here: it is a secret."),
        ("headers['X-Api-Key'] == 'a'", "E17: "),
        ("has(body.messages)", "E17: "),
        ("body.messages.exists(m, m.role == 'x')", "E07: `exists` isn't a function that conditions have."),
        ("[1, 2].exists(x, x == 1)", "E07: `exists` isn't a function that conditions have."),
        ("now() > 1", "E07: `now` isn't a function that conditions have."),
        ("metadata.a.matches(metadata.b)", "E07: `matches` needs a path and a constant pattern."),
        ("metadata.a.matches('(a')", "E07: This pattern isn't valid: unclosed group."),
        ("metadata.plan == ", "E07: This expression isn't valid, at character"),
        ("metadata.seats + 1", "E07: An expression has to be true or false"),
        ("{'a': 1} == {}", "E07: `{` can't be used in a condition."),
    ] {
        let problem = expression_problem(source);
        assert!(problem.starts_with(expected), "{source}: {problem}");
    }
}

#[test]
fn a27_deep_and_long_expressions_are_refused_before_parsing() {
    let nested = |open: &str, close: &str, count| format!("{}true{}", open.repeat(count), close.repeat(count));
    for source in [nested("(", ")", 500), nested("!", "", 999), nested("[", "]", 500), "true?".repeat(200) + "true"] {
        assert_eq!(expression_problem(&source), "E16: This expression is nested deeper than 32.");
    }
    assert_eq!(
        expression_problem(&" ".repeat(1_025).replace(' ', "a")),
        "E16: This expression has 1025 bytes; at most 1024."
    );
    assert!(Condition::expression(&nested("(", ")", 32)).is_ok());
    let sum = format!("metadata.seats == 1{}", "+1".repeat(400));
    assert_eq!(expression_problem(&sum), "E16: This expression is nested deeper than 32.");
    assert!(Condition::expression(&["metadata.beta"; 60].join("||")).is_ok());
    assert!(Condition::expression(&format!("metadata.plan == '{}'", "(".repeat(100))).is_ok());
    // The scan takes this for one long text; the parser's own bound still holds.
    assert!(Condition::expression(&format!("// '\n{}", nested("(", ")", 400))).is_err());
}

#[test]
fn a27_expressions_are_quick() {
    for part in
        ["metadata.a.matches('(a+)+$b')", "metadata.a.contains('ac')", "metadata.a=='b'", "metadata.a+metadata.a=='b'"]
    {
        let source = vec![part; (1_000 / (part.len() + 2)).min(20)].join("||");
        let took = first_evaluation(|| Condition::expression(&source).unwrap());
        assert!(took < BOUND, "{took:?}: {part}");
    }
}
