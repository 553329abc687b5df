use rust_decimal::Decimal;

use super::{Binary, Complaint, Span};

/// One word or sign of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(Decimal),
    Yuan(Decimal),
    Percent(Decimal),
    Text(String),
    Name(String),
    Flag(bool),
    Open,
    Close,
    Comma,
    Dot,
    Sign(Binary),
    And,
    Or,
    Not,
    In,
    NotIn,
    If,
    Then,
    Else,
    End,
}

/// The words of the language; none of them can be a name.
pub const WORDS: [&str; 30] = [
    "and",
    "且",
    "并且",
    "or",
    "或",
    "或者",
    "not",
    "非",
    "in",
    "属于",
    "不属于",
    "if",
    "若",
    "如果",
    "then",
    "则",
    "else",
    "否则",
    "true",
    "真",
    "是",
    "false",
    "假",
    "否",
    "head",
    "户主",
    "month",
    "本月",
    "age",
    "年龄",
];

/// Chinese operator words that people write without a space; the longer ones first, so that 不属于
/// is not taken for 属于.
pub const BINDING_WORDS: [&str; 11] =
    ["不属于", "属于", "并且", "或者", "否则", "如果", "且", "或", "非", "若", "则"];

fn word(name: &str) -> Option<Token> {
    Some(match name {
        "and" | "且" | "并且" => Token::And,
        "or" | "或" | "或者" => Token::Or,
        "not" | "非" => Token::Not,
        "in" | "属于" => Token::In,
        "不属于" => Token::NotIn,
        "if" | "若" | "如果" => Token::If,
        "then" | "则" => Token::Then,
        "else" | "否则" => Token::Else,
        "true" | "真" | "是" => Token::Flag(true),
        "false" | "假" | "否" => Token::Flag(false),
        _ => return None,
    })
}

/// Full-width forms (READING 15) as their half-width counterparts.
fn folded(character: char) -> char {
    match character {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(character) - 0xFEE0).unwrap_or(character),
        '\u{3000}' => ' ',
        '、' => ',',
        '“' | '”' | '„' => '"',
        '−' => '-',
        '≧' | '⩾' => '≥',
        '≦' | '⩽' => '≤',
        other => other,
    }
}

/// Whether a character can stand inside a name.
pub fn is_name_part(character: char) -> bool {
    let character = folded(character);
    character.is_alphanumeric() || character == '_' || character == '·'
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<(Token, Span)>,
}

/// Cuts a text into tokens; the last is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Span)>, Complaint> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new() };
    while let Some(character) = lexer.peek() {
        lexer.token(character)?;
    }
    let end = text.trim_end().len();
    lexer.tokens.push((Token::End, end..end));
    Ok(lexer.tokens)
}

impl Lexer<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next().map(folded)
    }

    fn second(&self) -> Option<char> {
        self.text[self.at..].chars().nth(1).map(folded)
    }

    fn step(&mut self) {
        self.at += self.text[self.at..].chars().next().map_or(0, char::len_utf8);
    }

    fn push(&mut self, token: Token, start: usize) {
        self.tokens.push((token, start..self.at));
    }

    /// Takes characters while they fit, folded.
    fn run(&mut self, fits: impl Fn(char) -> bool) -> String {
        let mut run = String::new();
        while let Some(character) = self.peek().filter(|character| fits(*character)) {
            run.push(character);
            self.step();
        }
        run
    }

    fn token(&mut self, character: char) -> Result<(), Complaint> {
        let start = self.at;
        if character.is_whitespace() {
            self.step();
            return Ok(());
        }
        if character.is_ascii_digit() {
            return self.number(start);
        }
        if is_name_part(character) && character != '·' {
            let name = self.run(is_name_part);
            self.push(word(&name).unwrap_or(Token::Name(name)), start);
            return Ok(());
        }
        if character == '"' {
            return self.quoted(start, '"', Token::Text);
        }
        if character == '「' {
            return self.quoted(start, '」', Token::Name);
        }
        self.sign(character, start)
    }

    fn number(&mut self, start: usize) -> Result<(), Complaint> {
        let mut digits = self.run(|character| character.is_ascii_digit());
        if self.peek() == Some('.') && self.second().is_some_and(|next| next.is_ascii_digit()) {
            digits.push('.');
            self.step();
            digits.push_str(&self.run(|character| character.is_ascii_digit()));
        }
        let too_long = || Complaint::new("policy-number-too-long", start..start + digits.len());
        let number = Decimal::from_str_exact(&digits).map_err(|_| too_long())?;
        let suffix_start = self.at;
        let suffix = self.run(is_name_part);
        match suffix.as_str() {
            "" => {}
            "元" | "yuan" => {
                self.push(Token::Yuan(number), start);
                return Ok(());
            }
            "万元" => {
                let yuan = number.checked_mul(Decimal::from(10_000)).ok_or_else(too_long)?;
                self.push(Token::Yuan(yuan), start);
                return Ok(());
            }
            _ => {
                return Err(Complaint::new("policy-glued-number", suffix_start..self.at)
                    .with("number", &digits)
                    .with("rest", &suffix));
            }
        }
        let rest = &self.text[self.at..];
        let gap = rest.len() - rest.trim_start().len();
        if matches!(rest.trim_start().chars().next().map(folded), Some('%')) {
            self.at += gap;
            self.step();
            let share = number.checked_div(Decimal::ONE_HUNDRED).ok_or_else(too_long)?;
            self.push(Token::Percent(share), start);
        } else {
            self.push(Token::Number(number), start);
        }
        Ok(())
    }

    fn quoted(&mut self, start: usize, end: char, token: fn(String) -> Token) -> Result<(), Complaint> {
        self.step();
        let mut content = String::new();
        loop {
            match self.text[self.at..].chars().next() {
                None => return Err(Complaint::new("policy-unclosed-text", start..self.at)),
                Some(character) if folded(character) == end => break,
                Some(character) => content.push(character),
            }
            self.step();
        }
        self.step();
        self.push(token(content), start);
        Ok(())
    }

    fn sign(&mut self, character: char, start: usize) -> Result<(), Complaint> {
        let next = self.second();
        let (token, length) = match (character, next) {
            ('(', _) => (Token::Open, 1),
            (')', _) => (Token::Close, 1),
            (',', _) => (Token::Comma, 1),
            ('.', _) => (Token::Dot, 1),
            ('+', _) => (Token::Sign(Binary::Plus), 1),
            ('-', _) => (Token::Sign(Binary::Minus), 1),
            ('*' | '×', _) => (Token::Sign(Binary::Times), 1),
            ('/' | '÷', _) => (Token::Sign(Binary::Over), 1),
            ('≥', _) => (Token::Sign(Binary::AtLeast), 1),
            ('≤', _) => (Token::Sign(Binary::AtMost), 1),
            ('≠', _) => (Token::Sign(Binary::Unequal), 1),
            ('<', Some('=')) => (Token::Sign(Binary::AtMost), 2),
            ('<', Some('>')) | ('!', Some('=')) => (Token::Sign(Binary::Unequal), 2),
            ('>', Some('=')) => (Token::Sign(Binary::AtLeast), 2),
            ('<', _) => (Token::Sign(Binary::Less), 1),
            ('>', _) => (Token::Sign(Binary::More), 1),
            ('=', Some('=' | '<' | '>')) => {
                self.step();
                self.step();
                let written = self.text[start..self.at].to_owned();
                let meant = match next {
                    Some('<') => "<=",
                    Some('>') => ">=",
                    _ => "=",
                };
                return Err(Complaint::new("policy-bad-sign", start..self.at)
                    .with("written", written)
                    .with("meant", meant));
            }
            ('=', _) => (Token::Sign(Binary::Equal), 1),
            (other, _) => {
                self.step();
                let meant = match other {
                    '&' => "and",
                    '|' => "or",
                    '!' => "not",
                    '–' | '—' => "-",
                    '\'' | '‘' | '’' | '《' => "\"",
                    ';' => ",",
                    '[' | '{' | '【' => "(",
                    ']' | '}' | '】' => ")",
                    _ => "",
                };
                let complaint = Complaint::new("policy-bad-character", start..self.at)
                    .with("written", &self.text[start..self.at]);
                return Err(if meant.is_empty() {
                    complaint
                } else {
                    complaint.help("policy-help-write", &[("meant", meant)])
                });
            }
        };
        for _ in 0..length {
            self.step();
        }
        self.push(token, start);
        Ok(())
    }
}
