//! Strongly connected parts of a graph, by Tarjan's algorithm.

use std::collections::{BTreeMap, BTreeSet};

/// What each file knows of others of its crate: the file, and a path of its code that leads there.
pub(super) type Edges = BTreeMap<String, BTreeMap<String, String>>;

/// The sets of nodes that reach each other, of more than one node.
pub(super) fn circles(edges: &Edges) -> Vec<BTreeSet<String>> {
    let mut search = Search { edges, marks: BTreeMap::new(), stack: Vec::new(), found: Vec::new() };
    for node in edges.keys() {
        if !search.marks.contains_key(node.as_str()) {
            search.visit(node);
        }
    }
    search.found
}

struct Search<'a> {
    edges: &'a Edges,
    /// When a node was met, and the earliest one that it reaches on the stack.
    marks: BTreeMap<&'a str, (usize, usize)>,
    stack: Vec<&'a str>,
    found: Vec<BTreeSet<String>>,
}

impl<'a> Search<'a> {
    fn visit(&mut self, node: &'a str) -> usize {
        let index = self.marks.len();
        self.marks.insert(node, (index, index));
        self.stack.push(node);
        let mut low = index;
        for next in self.edges.get(node).into_iter().flat_map(BTreeMap::keys) {
            match self.marks.get(next.as_str()) {
                None => low = low.min(self.visit(next)),
                Some((met, _)) if self.stack.contains(&next.as_str()) => low = low.min(*met),
                Some(_) => {}
            }
        }
        self.marks.insert(node, (index, low));
        if low == index {
            let from = self.stack.iter().rposition(|other| *other == node).unwrap_or_default();
            let part: BTreeSet<String> = self.stack.drain(from..).map(str::to_owned).collect();
            if part.len() > 1 {
                self.found.push(part);
            }
        }
        low
    }
}
