use super::lexer::{Token, tokens};
use super::{Binary, Complaint, Span, Tree, TreeKind};

/// How deep an expression may be nested; deeper ones are refused before they could use up the stack.
const DEPTH: usize = 100;
/// How many words and signs an expression may have; `define` cuts longer ones.
const LENGTH: usize = 1_000;

struct Parser {
    tokens: Vec<(Token, Span)>,
    at: usize,
    depth: usize,
}

/// Reads a whole expression.
///
/// Weakest to strongest: `if`, `or`, `and`, `not`, comparisons and `in`, `+ -`, `× ÷`, a leading
/// minus. Comparisons do not chain.
///
/// # Errors
/// The first thing that is not the language.
pub fn parse(text: &str) -> Result<Tree, Complaint> {
    let tokens = tokens(text)?;
    if tokens.len() > LENGTH {
        return Err(Complaint::new("policy-too-long", 0..text.len()).with("limit", LENGTH.to_string()));
    }
    let mut parser = Parser { tokens, at: 0, depth: 0 };
    let tree = parser.expression()?;
    match parser.peek() {
        Token::End => Ok(tree),
        _ => Err(parser.unexpected("@policy-expected-operator")),
    }
}

fn joined(left: &Tree, right: &Tree) -> Span {
    left.span.start..right.span.end
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    fn span(&self) -> Span {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0..0, |(_, span)| span.clone())
    }

    fn take(&mut self) -> (Token, Span) {
        let taken = self.tokens.get(self.at).cloned().unwrap_or((Token::End, self.span()));
        self.at += 1;
        taken
    }

    fn accept(&mut self, token: &Token) -> Option<Span> {
        (self.peek() == token).then(|| self.take().1)
    }

    fn expect(&mut self, token: &Token, expected: &str) -> Result<Span, Complaint> {
        self.accept(token).ok_or_else(|| self.unexpected(expected))
    }

    fn unexpected(&self, expected: &str) -> Complaint {
        let code =
            if *self.peek() == Token::End { "policy-unexpected-end" } else { "policy-unexpected-word" };
        Complaint::new(code, self.span()).with("expected", expected)
    }

    fn expression(&mut self) -> Result<Tree, Complaint> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Complaint::new("policy-too-deep", self.span()).with("limit", DEPTH.to_string()));
        }
        let tree = match self.accept(&Token::If) {
            Some(start) => self.conditional(start),
            None => self.any_of(),
        };
        self.depth -= 1;
        tree
    }

    fn conditional(&mut self, start: Span) -> Result<Tree, Complaint> {
        let condition = self.any_of()?;
        self.expect(&Token::Then, "then / 则")?;
        let then = self.expression()?;
        // `若 a，则 b，否则 c`: the comma before 否则 is how Chinese is written.
        if *self.peek() == Token::Comma && matches!(self.tokens.get(self.at + 1), Some((Token::Else, _))) {
            self.take();
        }
        self.expect(&Token::Else, "else / 否则")?;
        let otherwise = self.expression()?;
        Ok(Tree {
            span: start.start..otherwise.span.end,
            kind: TreeKind::If {
                condition: Box::new(condition),
                then: Box::new(then),
                otherwise: Box::new(otherwise),
            },
        })
    }

    fn any_of(&mut self) -> Result<Tree, Complaint> {
        self.joined(&Token::Or, Parser::all_of, TreeKind::Or)
    }

    fn all_of(&mut self) -> Result<Tree, Complaint> {
        self.joined(&Token::And, Parser::negation, TreeKind::And)
    }

    fn joined(
        &mut self,
        by: &Token,
        part: fn(&mut Parser) -> Result<Tree, Complaint>,
        kind: fn(Vec<Tree>) -> TreeKind,
    ) -> Result<Tree, Complaint> {
        let first = part(self)?;
        if self.peek() != by {
            return Ok(first);
        }
        let start = first.span.start;
        let mut parts = vec![first];
        while self.accept(by).is_some() {
            parts.push(part(self)?);
        }
        let end = parts.last().map_or(start, |last| last.span.end);
        Ok(Tree { span: start..end, kind: kind(parts) })
    }

    fn negation(&mut self) -> Result<Tree, Complaint> {
        let Some(start) = self.accept(&Token::Not) else { return self.comparison() };
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Complaint::new("policy-too-deep", start).with("limit", DEPTH.to_string()));
        }
        let inner = self.negation()?;
        self.depth -= 1;
        Ok(Tree { span: start.start..inner.span.end, kind: TreeKind::Not(Box::new(inner)) })
    }

    fn comparison(&mut self) -> Result<Tree, Complaint> {
        let left = self.sum()?;
        let negated = match self.peek() {
            Token::In => Some(false),
            Token::NotIn => Some(true),
            Token::Not if matches!(self.tokens.get(self.at + 1), Some((Token::In, _))) => {
                self.take();
                Some(true)
            }
            _ => None,
        };
        let tree = if let Some(negated) = negated {
            self.take();
            self.among(left, negated)?
        } else {
            match self.comparison_sign() {
                None => return Ok(left),
                Some((operator, sign)) => {
                    let right = self.sum()?;
                    Tree {
                        span: joined(&left, &right),
                        kind: TreeKind::Binary {
                            operator,
                            sign,
                            left: Box::new(left),
                            right: Box::new(right),
                        },
                    }
                }
            }
        };
        match self.comparison_sign() {
            None => Ok(tree),
            Some((_, sign)) => Err(Complaint::new("policy-chained-comparison", sign)),
        }
    }

    fn comparison_sign(&mut self) -> Option<(Binary, Span)> {
        use Binary::{AtLeast, AtMost, Equal, Less, More, Unequal};
        match self.peek() {
            Token::Sign(operator @ (Equal | Unequal | Less | AtMost | More | AtLeast)) => {
                let operator = *operator;
                Some((operator, self.take().1))
            }
            _ => None,
        }
    }

    fn among(&mut self, subject: Tree, negated: bool) -> Result<Tree, Complaint> {
        self.expect(&Token::Open, "(")?;
        let (list, end) = self.arguments()?;
        if list.is_empty() {
            return Err(Complaint::new("policy-empty-list", end));
        }
        Ok(Tree {
            span: subject.span.start..end.end,
            kind: TreeKind::Among { subject: Box::new(subject), list, negated },
        })
    }

    /// What stands between brackets, up to and with the closing one.
    fn arguments(&mut self) -> Result<(Vec<Tree>, Span), Complaint> {
        let mut arguments = Vec::new();
        if let Some(end) = self.accept(&Token::Close) {
            return Ok((arguments, end));
        }
        loop {
            arguments.push(self.expression()?);
            if self.accept(&Token::Comma).is_none() {
                let end = self.expect(&Token::Close, "@policy-expected-close")?;
                return Ok((arguments, end));
            }
        }
    }

    fn sum(&mut self) -> Result<Tree, Complaint> {
        self.chain(&[Binary::Plus, Binary::Minus], Parser::product)
    }

    fn product(&mut self) -> Result<Tree, Complaint> {
        self.chain(&[Binary::Times, Binary::Over], Parser::signed)
    }

    /// A chain to the left: `a - b - c` is `(a - b) - c`.
    fn chain(
        &mut self,
        operators: &[Binary],
        part: fn(&mut Parser) -> Result<Tree, Complaint>,
    ) -> Result<Tree, Complaint> {
        let mut left = part(self)?;
        let mut links = 0;
        while let Token::Sign(operator) = self.peek() {
            let operator = *operator;
            if !operators.contains(&operator) {
                break;
            }
            links += 1;
            let (_, sign) = self.take();
            if links > DEPTH {
                return Err(Complaint::new("policy-too-deep", sign).with("limit", DEPTH.to_string()));
            }
            let right = part(self)?;
            left = Tree {
                span: joined(&left, &right),
                kind: TreeKind::Binary { operator, sign, left: Box::new(left), right: Box::new(right) },
            };
        }
        Ok(left)
    }

    fn signed(&mut self) -> Result<Tree, Complaint> {
        let Some(start) = self.accept(&Token::Sign(Binary::Minus)) else { return self.primary() };
        let inner = self.primary()?;
        Ok(Tree { span: start.start..inner.span.end, kind: TreeKind::Negative(Box::new(inner)) })
    }

    fn primary(&mut self) -> Result<Tree, Complaint> {
        if matches!(
            self.peek(),
            Token::Close
                | Token::Comma
                | Token::Dot
                | Token::Sign(_)
                | Token::And
                | Token::Or
                | Token::Not
                | Token::In
                | Token::NotIn
                | Token::If
                | Token::Then
                | Token::Else
                | Token::End
        ) {
            let complaint = self.unexpected("@policy-expected-value");
            return Err(match self.peek() {
                Token::If | Token::Not => complaint.help("policy-help-brackets", &[]),
                _ => complaint,
            });
        }
        let (token, span) = self.take();
        let kind = match token {
            Token::Number(number) => TreeKind::Number(number),
            Token::Yuan(yuan) => TreeKind::Yuan(yuan),
            Token::Percent(share) => TreeKind::Percent(share),
            Token::Text(text) => TreeKind::Text(text),
            Token::Flag(flag) => TreeKind::Flag(flag),
            Token::Name(name) => return self.named(name, span),
            _ => {
                let inner = self.expression()?;
                let end = self.expect(&Token::Close, "@policy-expected-close")?;
                return Ok(Tree { span: span.start..end.end, kind: inner.kind });
            }
        };
        Ok(Tree { span, kind })
    }

    fn named(&mut self, name: String, span: Span) -> Result<Tree, Complaint> {
        if self.accept(&Token::Open).is_some() {
            let (arguments, end) = self.arguments()?;
            return Ok(Tree {
                span: span.start..end.end,
                kind: TreeKind::Call { name, name_span: span, arguments },
            });
        }
        if self.accept(&Token::Dot).is_some() {
            if !matches!(name.as_str(), "head" | "户主") {
                return Err(Complaint::new("policy-dot", span).with("name", name));
            }
            return match self.take() {
                (Token::Name(field), end) => {
                    Ok(Tree { span: span.start..end.end, kind: TreeKind::OfHead(field) })
                }
                (_, end) => {
                    Err(Complaint::new("policy-unexpected-word", end)
                        .with("expected", "@policy-expected-field"))
                }
            };
        }
        Ok(Tree { span, kind: TreeKind::Name(name) })
    }
}
