-- The ledger, version 2: what bank messages say beyond an answer's status, so that reconciliation sees
-- the statement's side (DESIGN §13). Rules as in schema.sql.

-- More about an answer; no row where it is a plain one of a neutral file.
CREATE TABLE said (
  payment INTEGER NOT NULL, entry INTEGER NOT NULL, number INTEGER NOT NULL,  -- of `answer`
  word TEXT NOT NULL,                 -- paid, failed, pending, unknown: what the message said
  source_word INTEGER NOT NULL,       -- neutral, result-file, pain.002, camt.053, camt.054
  reference TEXT NOT NULL,            -- the bank's, of a booking
  message TEXT NOT NULL,              -- id of the message or statement
  row INTEGER NOT NULL,               -- in the file
  second_debit INTEGER NOT NULL,      -- 1: the bank debited the payment once more
  given_back INTEGER NOT NULL,        -- 1: it gave such a debit back
  PRIMARY KEY (payment, entry, number)
) WITHOUT ROWID;

-- Movements of the payer's account, as statements and notifications book them.
CREATE TABLE booking (
  entry INTEGER NOT NULL, number INTEGER NOT NULL,
  file INTEGER NOT NULL,              -- answer_file.number of the same entry
  source_word INTEGER NOT NULL,
  statement TEXT NOT NULL, batch TEXT NOT NULL, payment TEXT NOT NULL,
  debit INTEGER NOT NULL,             -- money that left; below 0 money that came
  booked INTEGER NOT NULL, day TEXT, reference TEXT NOT NULL,
  details INTEGER NOT NULL, listed INTEGER, row INTEGER NOT NULL,
  PRIMARY KEY (entry, number)
) WITHOUT ROWID;

CREATE TABLE statement (
  entry INTEGER NOT NULL, number INTEGER NOT NULL,
  file INTEGER NOT NULL,              -- answer_file.number of the same entry
  account TEXT NOT NULL, statement TEXT NOT NULL, opening INTEGER, closing INTEGER, day TEXT,
  PRIMARY KEY (entry, number)
) WITHOUT ROWID;

-- Which stray a decision of the same entry and number speaks of.
CREATE TABLE stray_decision (
  entry INTEGER NOT NULL, number INTEGER NOT NULL,
  stray_entry INTEGER NOT NULL, stray_number INTEGER NOT NULL,
  PRIMARY KEY (entry, number)
) WITHOUT ROWID;
