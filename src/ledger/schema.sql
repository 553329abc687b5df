-- The ledger, version 1. Numbered migrations are only ever appended (schema.rs); a table's hashed
-- columns never change once released: a new fact gets a new table.
--
-- Amounts are fen. Months are months since January of year 0 (year * 12 + month - 1). Persons are
-- packed identity numbers (seventeen digits times eleven plus the check digit). A payment's number is
-- run * 10000000 + sequence. `*_word` columns name rows of `word`.
--
-- Every row of a chained table carries the entry that wrote it; the entry's content hash covers all
-- of them (schema.rs lists tables and columns). Rows are never changed or deleted. Columns marked
-- "derived" are sums over chained rows, kept so that a month can be streamed; `verify` computes them again.

-- One ledger transaction; the chain.
CREATE TABLE entry (
  number INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,             -- opening, release, answers, recover, recall, hold, clear, decision
  today TEXT NOT NULL,            -- the day as given by --today
  made_by TEXT NOT NULL,          -- who asked for it
  second TEXT NOT NULL,           -- who approved it; empty where one person suffices
  os_user TEXT NOT NULL,
  host TEXT NOT NULL,
  note TEXT NOT NULL,             -- document number, reason
  last_posting INTEGER NOT NULL,  -- the highest posting id after this entry
  sections TEXT NOT NULL,         -- a line a table: name, rows of this entry, sha256 over them
  content TEXT NOT NULL,          -- sha256 over sections
  previous TEXT NOT NULL,         -- hash of the entry before; 64 zeros for the first
  hash TEXT NOT NULL              -- sha256 over everything above
);

-- Recurring words: outcomes, reasons, clauses, kinds, banks, townships, organisations.
CREATE TABLE word (
  id INTEGER PRIMARY KEY, entry INTEGER NOT NULL, text TEXT NOT NULL UNIQUE
);

-- Programmes by code; the pack's order is the pack's matter.
CREATE TABLE programme (
  id INTEGER PRIMARY KEY, entry INTEGER NOT NULL, code TEXT NOT NULL UNIQUE
);

CREATE TABLE line (
  id INTEGER PRIMARY KEY,
  entry INTEGER NOT NULL,
  month INTEGER NOT NULL,
  programme INTEGER NOT NULL REFERENCES programme(id),
  beneficiary TEXT NOT NULL,
  case_no TEXT NOT NULL,
  -- derived
  entitlement INTEGER NOT NULL,       -- opening-entitled + current + advance + arrears + recovery
  balance INTEGER NOT NULL,           -- sum of all postings
  written_off INTEGER NOT NULL,       -- write-off + write-off-reversed
  latest_entitlement INTEGER,         -- posting id
  settled INTEGER,                    -- entry that settled it last
  payment INTEGER,                    -- latest payment
  paid_to_word INTEGER,               -- organisation that got it; empty word: the beneficiary
  returned INTEGER,                   -- payment returned since the latest payment
  unanswered INTEGER NOT NULL,        -- payments of it that no bank has answered
  held_since INTEGER                  -- cycle since which money of it is held
);
CREATE UNIQUE INDEX line_identity ON line(month, programme, beneficiary, case_no);
CREATE INDEX line_open ON line(programme, beneficiary, month, case_no) WHERE balance <> 0;
CREATE INDEX line_held ON line(held_since) WHERE held_since IS NOT NULL;
CREATE INDEX line_case ON line(programme, case_no) WHERE case_no <> '';

CREATE TABLE posting (
  line INTEGER NOT NULL,
  id INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  kind_word INTEGER NOT NULL,
  amount INTEGER NOT NULL CHECK (amount <> 0),
  cause_word INTEGER,
  corrects INTEGER,
  payment INTEGER,
  document TEXT,
  PRIMARY KEY (line, id)
) WITHOUT ROWID;

-- What a line was settled from, per release. `flags`: 1 there is a payee; 2 the payee is `resident`;
-- 4 the payee's name is `name`; 8 the account is in the payee's name; 16 the payee is an organisation.
CREATE TABLE settled (
  line INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  outcome_word INTEGER NOT NULL,
  reason_word INTEGER NOT NULL,
  clause_word INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  source TEXT NOT NULL,
  resident INTEGER,
  name TEXT NOT NULL,
  township_word INTEGER NOT NULL,
  origin INTEGER NOT NULL,            -- 0 own files, -1 archived files, else the month whose files
  digests BLOB NOT NULL,              -- five of 8 bytes: row, register, link, policy, stacking
  flags INTEGER NOT NULL,
  payee_id INTEGER,
  payee_name TEXT,
  bank_word INTEGER,
  account_no TEXT,
  account_name TEXT,
  members BLOB,                       -- 8 bytes a person
  PRIMARY KEY (line, entry)
) WITHOUT ROWID;

CREATE TABLE payment (
  id INTEGER PRIMARY KEY,
  entry INTEGER NOT NULL,
  programme INTEGER NOT NULL REFERENCES programme(id),
  payee_id INTEGER,
  payee_name TEXT NOT NULL,
  organisation INTEGER NOT NULL,
  bank_word INTEGER NOT NULL,
  account_no TEXT NOT NULL,
  account_name TEXT,                  -- NULL: the payee's name
  beneficiary TEXT,                   -- NULL: several, or that of `line`
  beneficiaries INTEGER NOT NULL,
  current INTEGER NOT NULL,
  arrears INTEGER NOT NULL,
  advance INTEGER NOT NULL,
  reissued INTEGER NOT NULL,
  offset_used INTEGER NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0),
  replaces TEXT,
  file INTEGER NOT NULL,              -- bank_file.number
  row INTEGER NOT NULL,
  line INTEGER,                       -- where it pays one line only; else payment_share
  -- derived
  state INTEGER NOT NULL,             -- 0 released, 1 paid, 2 failed, 3 recalled
  lifted INTEGER                      -- entry after which the failure holds nothing any more
);
CREATE INDEX payment_failed ON payment(id) WHERE state = 2 AND lifted IS NULL;

CREATE TABLE payment_share (
  payment INTEGER NOT NULL, line INTEGER NOT NULL, entry INTEGER NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0),
  PRIMARY KEY (payment, line)
) WITHOUT ROWID;

CREATE VIEW payment_item AS
  SELECT id AS payment, line, amount FROM payment WHERE line IS NOT NULL
  UNION ALL SELECT payment, line, amount FROM payment_share;

-- Money on hold after a release.
CREATE TABLE held (
  entry INTEGER NOT NULL, line INTEGER NOT NULL, amount INTEGER NOT NULL,
  hold_word INTEGER NOT NULL, since INTEGER NOT NULL,
  PRIMARY KEY (entry, line)
) WITHOUT ROWID;

-- A released run.
CREATE TABLE release (
  entry INTEGER PRIMARY KEY REFERENCES entry(number) DEFERRABLE INITIALLY DEFERRED,
  run INTEGER NOT NULL UNIQUE REFERENCES run(number),
  kind TEXT NOT NULL,
  cycle INTEGER NOT NULL,
  first_month INTEGER NOT NULL,
  last_month INTEGER NOT NULL,
  drafted_by TEXT NOT NULL,
  approved_by TEXT NOT NULL,
  district TEXT NOT NULL,
  rules_version INTEGER NOT NULL,
  policy_digest TEXT NOT NULL,
  plan_digest TEXT NOT NULL,
  pay_on TEXT NOT NULL,
  payments INTEGER NOT NULL,
  total INTEGER NOT NULL,
  meta TEXT NOT NULL,                 -- the draft's record as JSON: head before, codes, inputs, limits …
  accepted TEXT NOT NULL,             -- stop limits accepted, with reasons, as JSON
  unanswered INTEGER NOT NULL         -- derived: payments no bank has answered
);
CREATE TABLE input (
  entry INTEGER NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL,
  rows INTEGER NOT NULL, month INTEGER,
  PRIMARY KEY (entry, number)
) WITHOUT ROWID;
-- What a benefit month was settled from: files, register rows, policy values, by the digest of each.
CREATE TABLE basis (
  entry INTEGER NOT NULL, month INTEGER NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL,
  PRIMARY KEY (entry, month, key)
) WITHOUT ROWID;
CREATE INDEX basis_month ON basis(month, key, entry);
CREATE TABLE bank_file (
  entry INTEGER NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL,
  count INTEGER NOT NULL, total INTEGER NOT NULL, profile TEXT NOT NULL,
  PRIMARY KEY (entry, number)
) WITHOUT ROWID;

CREATE TABLE answer (
  payment INTEGER NOT NULL, entry INTEGER NOT NULL, number INTEGER NOT NULL,
  status_word INTEGER NOT NULL,       -- paid, failed, pending, recalled, open
  reason TEXT NOT NULL, amount INTEGER, day TEXT, class_word INTEGER NOT NULL, source TEXT NOT NULL,
  PRIMARY KEY (payment, entry, number)
) WITHOUT ROWID;
-- A file taken in, so that the same file twice changes nothing.
CREATE TABLE answer_file (
  entry INTEGER NOT NULL, number INTEGER NOT NULL, sha256 TEXT NOT NULL, name TEXT NOT NULL,
  rows INTEGER NOT NULL,
  PRIMARY KEY (entry, number)
) WITHOUT ROWID;
CREATE INDEX answer_file_digest ON answer_file(sha256);
-- Items of bank answers that match no payment, or several.
CREATE TABLE stray (
  entry INTEGER NOT NULL, number INTEGER NOT NULL, class TEXT NOT NULL, source TEXT NOT NULL,
  amount INTEGER, details TEXT NOT NULL,
  PRIMARY KEY (entry, number)
) WITHOUT ROWID;
-- What people decided.
CREATE TABLE decision (
  entry INTEGER NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL,
  programme INTEGER REFERENCES programme(id), beneficiary TEXT, month INTEGER, case_no TEXT,
  payment TEXT, amount INTEGER, document TEXT NOT NULL, why TEXT NOT NULL,
  PRIMARY KEY (entry, number)
) WITHOUT ROWID;

-- Runs and their states. Not chained: a draft moves nothing; what a release says of its run is chained.
CREATE TABLE run (
  number INTEGER PRIMARY KEY, kind TEXT NOT NULL, cycle INTEGER NOT NULL,
  drafted_by TEXT NOT NULL, drafted_on TEXT NOT NULL, total INTEGER NOT NULL, payments INTEGER NOT NULL
);
CREATE TABLE run_event (
  id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run(number),
  event TEXT NOT NULL,                -- drafted, superseded, rejected, released, recalled, settled
  today TEXT NOT NULL, made_by TEXT NOT NULL, why TEXT NOT NULL, entry INTEGER
);
CREATE INDEX run_event_run ON run_event(run);

-- Requests that wait for a second person.
CREATE TABLE request (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL,
  today TEXT NOT NULL, made_by TEXT NOT NULL, os_user TEXT NOT NULL, host TEXT NOT NULL
);
CREATE TABLE request_event (
  id INTEGER PRIMARY KEY, request INTEGER NOT NULL REFERENCES request(id),
  event TEXT NOT NULL,                -- completed, dropped
  today TEXT NOT NULL, made_by TEXT NOT NULL, entry INTEGER
);

-- The open draft: scratch, gone after release or rejection.
CREATE TABLE draft (run INTEGER PRIMARY KEY REFERENCES run(number), meta TEXT NOT NULL);
CREATE TABLE draft_part (
  run INTEGER NOT NULL REFERENCES draft(run), part INTEGER NOT NULL, bytes BLOB NOT NULL,
  PRIMARY KEY (run, part)
);
