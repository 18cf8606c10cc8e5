//! A plan, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::plan::{Action, Plan, Step};
use crate::cli::outcome::on_one_line;
use crate::domain::limits;

/// For people: what is new, changes and goes, property by property.
pub(super) fn text(plan: &Plan) -> String {
    let mut words = String::new();
    for step in &plan.steps {
        let (sign, is_new) = match step.action {
            Action::Create { .. } => ('+', true),
            Action::Change { .. } => ('~', false),
            Action::Remove { .. } => ('-', false),
        };
        let _ = writeln!(words, "{sign} {} {}", step.sort.word(), on_one_line(&step.name));
        for difference in &step.differences {
            let _ = match (&difference.before, &difference.after) {
                (None, Some(after)) if is_new => writeln!(words, "    {}: {}", difference.path, short(after)),
                (before, after) => {
                    let value =
                        |value: &Option<Value>| value.as_ref().map_or_else(|| "(default)".into(), short);
                    writeln!(words, "    {}: {} -> {}", difference.path, value(before), value(after))
                }
            };
        }
        if let Some(variable) = &step.secret {
            let _ = writeln!(words, "    options.client_secret: from {variable}");
        }
    }
    let _ = match counts(plan) {
        (0, 0, 0) => writeln!(words, "Nothing to change."),
        (new, changed, removed) => {
            writeln!(words, "\nPlan: {new} to create, {changed} to change, {removed} to remove.")
        }
    };
    if plan.kept > 0 {
        let _ = writeln!(words, "{} not in the file: left as they are (--prune removes them).", plan.kept);
    }
    words
}

fn counts(plan: &Plan) -> (usize, usize, usize) {
    let count = |is: fn(&Action) -> bool| plan.steps.iter().filter(|step| is(&step.action)).count();
    (
        count(|action| matches!(action, Action::Create { .. })),
        count(|action| matches!(action, Action::Change { .. })),
        count(|action| matches!(action, Action::Remove { .. })),
    )
}

fn short(value: &Value) -> String {
    let text = on_one_line(&value.to_string());
    match text.char_indices().nth(limits::PLANNED_VALUE_CHARACTERS) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// For programs.
pub(super) fn json(plan: &Plan) -> Value {
    let step = |step: &Step| {
        json!({
            "action": match step.action {
                Action::Create { .. } => "create",
                Action::Change { .. } => "change",
                Action::Remove { .. } => "remove",
            },
            "kind": step.sort.word(),
            "name": step.name,
            "changes": step.differences.iter().map(|difference| json!({
                "path": difference.path, "before": difference.before, "after": difference.after,
            })).collect::<Vec<_>>(),
            "client_secret_from": step.secret,
        })
    };
    json!({"steps": plan.steps.iter().map(step).collect::<Vec<_>>(), "left_as_they_are": plan.kept})
}
