//! Pages: templates, languages, static files.
