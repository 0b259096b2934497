//! Each option of the command line is in the README; its help is made from the same declaration.

use syn::visit::{self, Visit};

use super::problem::Problem;
use super::settings::Settings;
use super::size;
use super::sources::Sources;

const README: &str = "README.md";

pub(super) fn check(sources: &Sources, _: &Settings) -> Vec<Problem> {
    let Some(readme) = sources.files.iter().find(|file| file.path == README) else { return Vec::new() };
    let mut problems = Vec::new();
    for (file, parsed) in sources.rust().filter(|(file, _)| file.path.starts_with("cli/src/") && !file.is_test()) {
        let mut options = Options::default();
        options.visit_file(parsed);
        let missing = options.found.into_iter().filter(|(_, name)| !mentions(&readme.text, name));
        problems.extend(missing.map(|(line, name)| {
            let what = format!("the option {name} is not in {README}");
            Problem::new(format!("{}:{line}", file.path), name, what)
        }));
    }
    problems
}

fn mentions(text: &str, option: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '-';
    text.match_indices(option).any(|(at, _)| !text[at + option.len()..].starts_with(is_part))
}

/// The options that a file declares, with their lines.
#[derive(Default)]
struct Options {
    found: Vec<(usize, String)>,
}

impl<'ast> Visit<'ast> for Options {
    fn visit_field(&mut self, field: &'ast syn::Field) {
        for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("arg")) {
            let mut name = None;
            // What is not understood is not an option's name.
            let _ = attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("long") {
                    name =
                        Some(field.ident.as_ref().map(|ident| ident.to_string().replace('_', "-")).unwrap_or_default());
                }
                if let Ok(value) = meta.value() {
                    let value: syn::Expr = value.parse()?;
                    if let (true, syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. })) =
                        (meta.path.is_ident("long"), value)
                    {
                        name = Some(text.value());
                    }
                }
                Ok(())
            });
            self.found.extend(name.map(|name| (size::line_of(field), format!("--{name}"))));
        }
        visit::visit_field(self, field);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_that_the_readme_lacks_is_found() {
        let code = "struct Args { #[arg(long, value_name = \"X\")] with_it: String, #[arg(long = \"dir\", num_args = 1)] dirs: Vec<u8>, \
                    #[arg(value_name = \"long\")] rest: u8, #[arg(long)] with: u8 }";
        let files = [("cli/src/args.rs", code), (README, "`--dir` and `--with-it`")];
        let found: Vec<String> =
            check(&Sources::of(&files, vec![]), &Settings::default()).into_iter().map(|p| p.key).collect();
        assert_eq!(found, ["--with"]);
    }
}
