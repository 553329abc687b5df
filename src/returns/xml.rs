//! ISO 20022 messages as small trees, by local name, one repeated unit at a time, so that a long
//! message never stands in memory as a whole. No document type, no entity beyond XML's own five,
//! bounded depth.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

use super::camt::Camt;
use super::pain002::Pain002;
use super::{AnswerSource, ReadAnswers, place, refused};
use crate::domain::Fault;

/// Deepest nesting read; real messages stay below 20.
const DEEPEST: usize = 64;

/// An element with what stood in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) currency: Option<String>,
    pub(super) text: String,
    pub(super) children: Vec<Node>,
}

impl Node {
    /// First child of that name.
    pub(super) fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All children of that name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The element down a path.
    pub(super) fn down(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, name| node.child(name))
    }

    /// The text down a path; empty text counts as none.
    pub(super) fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.down(path).map(|node| node.text.as_str()).filter(|text| !text.is_empty())
    }

    /// The first of several paths that has a text.
    pub(super) fn first_text(&self, paths: &[&[&str]]) -> Option<&str> {
        paths.iter().find_map(|path| self.text_at(path))
    }
}

enum Message {
    StatusReport(Pain002),
    Bookings(Camt),
}

impl Message {
    fn of(element: &str) -> Option<Message> {
        match element {
            "CstmrPmtStsRpt" => Some(Message::StatusReport(Pain002::default())),
            "BkToCstmrStmt" => Some(Message::Bookings(Camt::new(AnswerSource::Statement))),
            "BkToCstmrDbtCdtNtfctn" => Some(Message::Bookings(Camt::new(AnswerSource::Notification))),
            _ => None,
        }
    }

    fn source(&self) -> AnswerSource {
        match self {
            Message::StatusReport(_) => AnswerSource::StatusReport,
            Message::Bookings(camt) => camt.source,
        }
    }

    /// Takes a closed element; gives it back where it belongs to its parent.
    fn take(&mut self, node: Node, above: &[Node], read: &mut ReadAnswers, file: &str) -> Option<Node> {
        match self {
            Message::StatusReport(report) => report.take(node, above, read, file),
            Message::Bookings(camt) => camt.take(node, above, read, file),
        }
    }
}

/// Reads a message.
///
/// # Errors
/// Exit 3: no well-formed XML, a document type, too deep, or none of the messages we know.
pub(super) fn read(file: &str, text: &str) -> Result<ReadAnswers, Fault> {
    let mut reader = Reader::from_str(text);
    let mut read = ReadAnswers::default();
    let mut stack: Vec<Node> = Vec::new();
    let mut message: Option<Message> = None;
    let mut namespace = None;
    let mut root = String::new();
    let mut noise = Noise::default();
    loop {
        let event = reader.read_event().map_err(|fault| {
            refused("answer-xml-broken", file)
                .with("at", reader.error_position().to_string())
                .with("message", fault.to_string())
        })?;
        match event {
            Event::Start(start) => {
                if stack.len() >= DEEPEST {
                    return Err(refused("answer-xml-too-deep", file));
                }
                let node = node(&start);
                if stack.is_empty() {
                    if !root.is_empty() {
                        return Err(refused("answer-xml-broken", file)
                            .with("at", reader.buffer_position().to_string())
                            .with("message", "two roots"));
                    }
                    root.clone_from(&node.name);
                    namespace = attribute(&start, |name| name == "xmlns" || name.starts_with("xmlns:"));
                }
                if message.is_none() {
                    message = Message::of(&node.name);
                }
                stack.push(node);
            }
            Event::Empty(start) => close(node(&start), &mut stack, &mut message, &mut read, file),
            Event::End(_) => {
                let Some(mut node) = stack.pop() else { continue };
                noise.tidy(&mut node);
                close(node, &mut stack, &mut message, &mut read, file);
            }
            Event::Text(text) => push(&mut stack, &text.xml10_content()),
            Event::CData(text) => push(&mut stack, &text.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(character)) => push(&mut stack, character.encode_utf8(&mut [0; 4])),
                _ => match resolve_predefined_entity(&reference) {
                    Some(text) => push(&mut stack, text),
                    None => {
                        read.warn("answer-xml-entity", place(file, 0, ""), &reference);
                        push(&mut stack, &format!("&{};", &*reference));
                    }
                },
            },
            Event::DocType(_) => return Err(refused("answer-xml-doctype", file)),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    if !stack.is_empty() {
        return Err(refused("answer-xml-broken", file)
            .with("at", text.len().to_string())
            .with("message", format!("<{}> …", stack[stack.len() - 1].name)));
    }
    let Some(message) = message else {
        return Err(refused("answer-message-unknown", file).with("root", root));
    };
    let expected = format!("urn:iso:std:iso:20022:tech:xsd:{}.001.", message.source().word());
    let namespace = namespace.unwrap_or_default();
    if !namespace.starts_with(&expected) {
        read.warn("answer-xml-namespace", place(file, 0, ""), &namespace);
    }
    if noise.stray > 0 {
        read.warn("answer-xml-stray-text", place(file, 0, ""), &noise.stray.to_string());
    }
    Ok(read)
}

fn close(node: Node, stack: &mut [Node], message: &mut Option<Message>, read: &mut ReadAnswers, file: &str) {
    let kept = match message {
        Some(message) => message.take(node, stack, read, file),
        None => Some(node),
    };
    if let (Some(node), Some(parent)) = (kept, stack.last_mut()) {
        parent.children.push(node);
    }
}

fn push(stack: &mut [Node], text: &str) {
    if let Some(node) = stack.last_mut() {
        node.text.push_str(text);
    }
}

fn node(start: &BytesStart) -> Node {
    Node {
        name: start.local_name().as_ref().to_owned(),
        currency: attribute(start, |name| name == "Ccy"),
        ..Node::default()
    }
}

fn attribute(start: &BytesStart, wanted: impl Fn(&str) -> bool) -> Option<String> {
    let mut attributes = start.attributes();
    attributes.with_checks(false);
    let found = attributes.filter_map(Result::ok).find(|attribute| wanted(attribute.key.as_ref()))?;
    Some(found.value.trim().to_owned())
}

/// Text where only elements belong: some banks indent with U+00A0.
#[derive(Default)]
struct Noise {
    stray: usize,
}

impl Noise {
    fn tidy(&mut self, node: &mut Node) {
        if !node.children.is_empty() {
            if !node.text.trim_matches([' ', '\t', '\r', '\n']).is_empty() {
                self.stray += 1;
            }
            node.text.clear();
        } else if node.text.trim() != node.text {
            node.text = node.text.trim().to_owned();
        }
    }
}
