//! Every route of the hub, read from the route tables in `src/web`: what walks them covers a new one by itself.

use std::fs;
use std::path::{Path, PathBuf};

/// A path and the methods it answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableRoute {
    /// As in the table, with `{placeholders}`.
    pub pattern: String,
    pub methods: Vec<String>,
}

impl TableRoute {
    /// An address of this route below the issuer, its placeholders filled with what names nothing.
    pub fn path(&self) -> String {
        let mut path = String::new();
        let mut rest = self.pattern.trim_start_matches('/');
        while let Some((before, after)) = rest.split_once('{') {
            path.push_str(before);
            path.push('x');
            rest = after.split_once('}').expect("a placeholder ends").1;
        }
        path + rest
    }
}

/// All routes, in the order of their patterns.
pub fn every_route() -> Vec<TableRoute> {
    let mut routes = Vec::new();
    for file in sources(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/web")) {
        let text = fs::read_to_string(&file).unwrap();
        let prefix = if file.to_string_lossy().contains("src/web/api/") { "/api/v2" } else { "" };
        for call in text.split("at(").skip(1) {
            let mut quoted = call.split('"');
            let (before, path, between, methods) =
                (quoted.next(), quoted.next(), quoted.next(), quoted.next());
            let (Some(path), Some(methods)) = (path, methods) else { continue };
            let is_route = before.is_some_and(|before| before.trim().is_empty())
                && path.starts_with('/')
                && between.is_some_and(|between| between.trim() == ",");
            if is_route {
                let methods = methods.split(", ").map(str::to_owned).collect();
                routes.push(TableRoute { pattern: format!("{prefix}{path}"), methods });
            }
        }
        assert_declared_by_at(&file, &text);
    }
    routes.sort();
    assert!(routes.len() > 30, "the route tables were not found");
    routes
}

/// Routes are declared by `at("/path", "METHODS")` alone, or this list would miss them.
fn assert_declared_by_at(file: &Path, text: &str) {
    let declared = text.matches("resource(").count() - text.matches("fn resource(").count();
    let by_at = text.matches("fn at(").count();
    let is_metrics = file.ends_with("web/metrics.rs");
    let is_answer = text.contains("answer::resource(") || file.ends_with("api/answer.rs");
    assert!(declared <= by_at || is_answer, "{}: a route that is not declared by at(…)", file.display());
    assert!(!text.contains(".route(\"") || is_metrics, "{}: a route of its own", file.display());
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found
}
