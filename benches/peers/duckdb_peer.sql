-- The same month as `disburse run --dry-run` computes, as a DuckDB script.
--
-- Written from the design (sections 7, 9, 11, 12 and 15) and the default pack's figures, not from
-- the program: it is the bar to be beaten. Variables set by the caller: `rosters`, `registers` and
-- `out` (folders), `month` (DATE, its
-- first day), `batch` (what payment ids begin with). Laid by the caller: `townships(name, code)` and
-- `banks(name, bank, place)` from the workspace's own files, and one view `<roster>_file` for each roster.
-- Money is whole fen in BIGINT from the first step to the last. A missing cell is NULL.

SET preserve_insertion_order = false;

-- ── Figures of February 2023 as known in that cycle (section 15), in fen ────────────────────────
CREATE MACRO m() AS getvariable('month');
-- Months counted from year 0, so that ages are differences.
CREATE MACRO month_number() AS (year(getvariable('month')) * 12 + month(getvariable('month')) - 1)::INTEGER;
CREATE MACRO dibao_standard(hukou) AS CASE hukou WHEN '城镇' THEN 84100 WHEN '农村' THEN 62100 END;
-- 50 yuan a month; 400 yuan a year, half-up to the fen.
CREATE MACRO dibao_floor(hukou) AS CASE hukou WHEN '城镇' THEN 5000 WHEN '农村' THEN 3333 END;
-- 1.3 × the urban standard; 9,688 yuan a year, half-up to the fen.
CREATE MACRO tekun_living(hukou) AS CASE hukou WHEN '城镇' THEN 109330 WHEN '农村' THEN 80733 END;
CREATE MACRO tekun_care(self_care) AS
  CASE self_care WHEN '全护理' THEN 126500 WHEN '半护理' THEN 49400 WHEN '全自理' THEN 0 END;
-- The 1,400 and 1,660 yuan from 2023-01 are announced in 2023-05 only.
CREATE MACRO orphan(placement) AS CASE placement WHEN '散居' THEN 128800 WHEN '集中' THEN 153000 END;
CREATE MACRO disability() AS 10800;
CREATE MACRO care_group_rate(g) AS
  CASE g WHEN '特困65' THEN 8000 WHEN '低保80' THEN 8000 WHEN '中度失能' THEN 15000
         WHEN '重度失能' THEN 20000 WHEN '独居70' THEN 7000 END;
CREATE MACRO care_group_place(g) AS
  CASE g WHEN '特困65' THEN 1 WHEN '低保80' THEN 2 WHEN '中度失能' THEN 3 WHEN '重度失能' THEN 4 ELSE 5 END;

-- ── Reading values ──────────────────────────────────────────────────────────────────────────────
CREATE MACRO fen(t) AS (try_cast(t AS DECIMAL(15, 2)) * 100)::BIGINT;
CREATE MACRO month_of(t) AS try_cast(t || '-01' AS DATE);
CREATE MACRO grade_of(t) AS CASE WHEN t IS NULL THEN NULL ELSE coalesce(try_cast(t AS TINYINT), nullif(instr('一二三四', left(t, 1)), 0)) END;
CREATE MACRO flag(t) AS t IS NOT NULL AND t = '是';
-- The first seventeen characters as one integer: a person's key, for the eighteenth follows from it.
CREATE MACRO person(id) AS try_cast(left(id, 17) AS BIGINT);
CREATE MACRO birth_number(p) AS ((p // 100000 % 1000000) // 100 * 12 + p // 100000 % 100 - 1)::INTEGER;
-- GB 11643: the weights of ISO 7064 MOD 11-2 are powers of two, so the weighted sum of a number's
-- digits is the number less 8 × its tenth, less 16 × its hundredth …: sixteen divisions, no loop.
CREATE MACRO weighed8(n) AS n - 4 * (2 * (n // 10) + 4 * (n // 100) + 8 * (n // 1000) + 16 * (n // 10000)
  + 32 * (n // 100000) + 64 * (n // 1000000) + 128 * (n // 10000000));
CREATE MACRO weighed9(n) AS n - 4 * (2 * (n // 10) + 4 * (n // 100) + 8 * (n // 1000) + 16 * (n // 10000)
  + 32 * (n // 100000) + 64 * (n // 1000000) + 128 * (n // 10000000) + 256 * (n // 100000000));
CREATE MACRO check_place(p) AS
  ((2 * (weighed8((p % 100000000)::INTEGER) + 3 * weighed9((p // 100000000)::INTEGER))) % 11 + 1)::INTEGER;
CREATE MACRO born_on(p) AS try(make_date(p // 10000000 % 10000, p // 100000 % 100, p // 1000 % 100));
CREATE MACRO id_right(id, p) AS
  id = p::VARCHAR || substr('10X98765432', check_place(p), 1) AND p >= 10000000000000000
  AND born_on(p) BETWEEN DATE '1900-01-01' AND last_day(getvariable('month'));

-- What a row is before any rule: readable, then current, then alive; NULL: go on to the rules.
CREATE MACRO standing(id, p, first_month, last_month, status) AS
  CASE WHEN id_right(id, p) IS NOT TRUE OR first_month IS NULL OR status IS NULL
         OR status NOT IN ('正常', '暂停', '停发') THEN 'rejected'
       WHEN first_month > m() OR last_month < m() OR status <> '正常' THEN 'not-current' END;


-- ── Registers ───────────────────────────────────────────────────────────────────────────────────
CREATE TEMP TABLE deaths AS
  SELECT person(upper(id)) AS p, date_trunc('month', min(died::DATE))::DATE AS died FROM deaths_file GROUP BY ALL;
CREATE TEMP TABLE work_injury AS
  SELECT DISTINCT person(upper(id)) AS p FROM work_injury_file WHERE month_of(from_month) <= m();
CREATE TEMP TABLE new_accounts AS
  SELECT id AS payee_id, arg_max({'bank': bank, 'account_no': account_no, 'account_name': account_name}, month_of(from_month)) AS account
  FROM accounts_file WHERE month_of(from_month) <= m() GROUP BY ALL;

-- ── The rosters that others ask: children, tekun, dibao ─────────────────────────────────────────
CREATE TEMP TABLE children AS
  SELECT *, CASE WHEN standing IS NULL AND count(*) FILTER (standing IS NULL) OVER (PARTITION BY p) > 1
                 THEN 'deferred' ELSE standing END AS state
  FROM (SELECT f.*, person(id) AS p, birth_number(person(id)) AS born, deaths.died,
               standing(id, person(id), month_of(first_month), month_of(last_month), status) AS standing
        FROM children_file f LEFT JOIN deaths ON deaths.p = person(id));

CREATE MACRO child_outcome(state, died, born, in_school_until) AS
  CASE WHEN state IS NOT NULL THEN state
       WHEN died < m() THEN 'refused'
       WHEN month_number() > born + 18 * 12 AND (in_school_until IS NULL OR m() > month_of(in_school_until)) THEN 'refused'
       ELSE 'entitled' END;

CREATE TEMP TABLE orphans AS
  SELECT *, CASE WHEN orphan(placement) IS NULL AND child_outcome(state, died, born, in_school_until) = 'entitled'
                 THEN 'deferred' ELSE child_outcome(state, died, born, in_school_until) END AS outcome,
         orphan(placement) AS fen
  FROM children WHERE child_kind = '孤儿';

CREATE TEMP TABLE tekun AS
  SELECT *, CASE WHEN state IS NOT NULL THEN state WHEN died < m() THEN 'refused'
                 WHEN tekun_living(hukou) IS NULL THEN 'deferred'
                 WHEN barred THEN 'barred' ELSE 'entitled' END AS living_outcome,
         CASE WHEN state IS NOT NULL THEN state WHEN died < m() THEN 'refused'
              WHEN tekun_care(self_care) IS NULL THEN 'deferred' WHEN tekun_care(self_care) = 0 THEN 'nil'
              WHEN barred THEN 'barred' ELSE 'entitled' END AS care_outcome
  FROM (SELECT *, CASE WHEN standing IS NULL AND count(*) FILTER (standing IS NULL) OVER (PARTITION BY p) > 1
                       THEN 'deferred' ELSE standing END AS state
        FROM (SELECT f.*, person(f.id) AS p, deaths.died, o.p IS NOT NULL AS barred,
                     standing(f.id, person(f.id), month_of(f.first_month), month_of(f.last_month), f.status) AS standing
              FROM tekun_file f LEFT JOIN deaths ON deaths.p = person(f.id)
                   LEFT JOIN (SELECT DISTINCT p FROM orphans WHERE outcome = 'entitled') o ON o.p = person(f.id)));

-- Who is entitled to what a dibao household does not count (section 15).
CREATE TEMP TABLE not_counted AS
  SELECT p FROM tekun WHERE living_outcome = 'entitled' UNION SELECT p FROM orphans WHERE outcome = 'entitled';

-- The planner does not know how long a CSV file is: build the hash tables of the small side, as written.
SET disabled_optimizers = 'build_side_probe_side';
CREATE TEMP TABLE dibao_rows AS
  SELECT id, p, coalesce(t.code, township) AS division, household_id, hukou, bank, account_no, account_name, f.name,
         standing(id, p, month_of(first_month), month_of(last_month), status) AS state,
         coalesce(died < m(), false) AS dead, relation IN ('户主', '本人') AS head,
         x.p IS NULL AND coalesce(died >= m(), true) AS counts,
         fen(monthly_income) AS income,
         -- The highest reason only, in percent of the standard.
         greatest(CASE WHEN serious_illness = '是' THEN 30 ELSE 0 END,
                  CASE WHEN grade_of(disability_grade) <= 2 THEN 20 ELSE 0 END,
                  CASE WHEN month_number() - birth_number(p) >= 70 * 12 THEN 10 ELSE 0 END,
                  CASE WHEN month_number() - birth_number(p) < 18 * 12 THEN 10 ELSE 0 END) AS uplift
  FROM (SELECT *, person(id) AS p FROM dibao_file) f
       LEFT JOIN townships t ON t.name = f.township
       LEFT JOIN deaths USING (p) LEFT JOIN not_counted x USING (p);

RESET disabled_optimizers;

-- A person with two current rows, in one household or two, defers what holds the rows.
CREATE TEMP TABLE dibao_twice AS
  SELECT p FROM dibao_rows WHERE state IS NULL GROUP BY p HAVING count(*) > 1;

CREATE TEMP TABLE households AS
  WITH grouped AS (
    SELECT division, household_id,
           bool_or(state = 'rejected' OR (state IS NULL AND t.p IS NOT NULL)) AS faulty,
           count(*) FILTER (state IS NULL) AS current_rows,
           count(*) FILTER (state IS NULL AND head AND NOT dead) AS living_heads,
           count(*) FILTER (state IS NULL AND head AND dead) AS dead_heads,
           count(*) FILTER (state IS NULL AND counts) AS members,
           count(*) FILTER (state IS NULL AND counts AND income IS NULL) AS incomes_missing,
           coalesce(sum(income) FILTER (state IS NULL AND counts), 0)::BIGINT AS income,
           coalesce(sum(uplift) FILTER (state IS NULL AND counts), 0)::BIGINT AS uplift
    FROM dibao_rows r LEFT JOIN dibao_twice t USING (p) GROUP BY ALL),
  headed AS (
    SELECT g.*, h.id, h.p, h.hukou, h.bank, h.account_no, h.account_name, h.name, h.dead,
           greatest(dibao_standard(h.hukou) * g.members - g.income, dibao_floor(h.hukou) * g.members)
             + (dibao_standard(h.hukou) * g.uplift + 50) // 100 AS fen
    FROM grouped g LEFT JOIN (SELECT * FROM dibao_rows WHERE head AND state IS NULL) h
      ON h.division = g.division AND h.household_id = g.household_id AND h.dead = (g.living_heads = 0))
  SELECT *, CASE WHEN current_rows = 0 AND faulty THEN 'rejected'
                 WHEN current_rows = 0 THEN 'not-current'
                 WHEN faulty THEN 'deferred'
                 WHEN living_heads > 1 OR (living_heads = 0 AND dead_heads <> 1) THEN 'deferred'
                 WHEN members = 0 THEN 'refused'
                 WHEN incomes_missing > 0 OR dibao_standard(hukou) IS NULL THEN 'deferred'
                 WHEN income >= dibao_standard(hukou) * members THEN 'refused'
                 ELSE 'entitled' END AS outcome
  FROM headed
  QUALIFY living_heads + dead_heads < 2 OR row_number() OVER (PARTITION BY division, household_id) = 1;

-- Counted members of entitled households, with their share (half-up to the fen).
CREATE TEMP TABLE in_dibao AS
  SELECT r.p, (2 * h.fen + h.members) // (2 * h.members) AS share
  FROM dibao_rows r JOIN households h USING (division, household_id)
  WHERE h.outcome = 'entitled' AND r.state IS NULL AND r.counts;

-- ── Decisions of all fourteen programmes ────────────────────────────────────────────────────────
-- `heard`: the account's owner by the roster, for the check of names; `payee_p`: who must live.
SET disabled_optimizers = 'build_side_probe_side';
CREATE TEMP TABLE disability AS
  SELECT f.id, f.p, f.name, f.bank, f.account_no, f.account_name,
         CASE WHEN standing IS NOT NULL THEN standing
              WHEN certificate_no IS NULL OR certificate_grade IS NULL THEN 'deferred'
              WHEN died < m() THEN 'refused' END AS state,
         d.p IS NOT NULL AS poor, w.p IS NOT NULL AS injured,
         month_of(left(certificate_until, 7)) < m() AS expired,
         grade <= 2 OR (grade = 3 AND disability_kind IN ('智力', '精神')) AS severe,
         t.p IS NOT NULL AS in_tekun, o.p IS NOT NULL AS is_orphan
  FROM (SELECT *, grade_of(disability_grade) AS grade,
               CASE WHEN certificate_no IS NOT NULL AND left(certificate_no, 18) <> id THEN 'rejected'
                    ELSE standing(id, p, month_of(first_month), month_of(last_month), status) END AS standing,
               nullif(substr(certificate_no, 19, 1) = CASE disability_kind WHEN '视力' THEN '1' WHEN '听力' THEN '2'
                 WHEN '言语' THEN '3' WHEN '肢体' THEN '4' WHEN '智力' THEN '5' WHEN '精神' THEN '6' WHEN '多重' THEN '7' END
                 AND substr(certificate_no, 20, 1) = grade_of(disability_grade)::VARCHAR, false) AS certificate_grade
        FROM (SELECT *, person(id) AS p FROM disability_file)) f
       LEFT JOIN deaths USING (p) LEFT JOIN in_dibao d USING (p) LEFT JOIN work_injury w USING (p)
       LEFT JOIN (SELECT DISTINCT p FROM tekun WHERE living_outcome = 'entitled') t USING (p)
       LEFT JOIN (SELECT DISTINCT p FROM orphans WHERE outcome = 'entitled') o USING (p);

CREATE TEMP TABLE decisions AS
  SELECT 1::UTINYINT AS programme, outcome, fen, p, NULL::VARCHAR AS beneficiary, id, payee_id, placement = '集中' AS organisation,
         CASE WHEN payee_name IS NULL THEN name ELSE payee_name END AS heard, payee_id IS NOT NULL AS guarded,
         person(payee_id) AS payee_p, bank, account_no, account_name, NULL::VARCHAR AS part, p AS key
  FROM orphans
UNION ALL
  SELECT 2, living_outcome, tekun_living(hukou), p, NULL, id, NULL, support = '集中',
         CASE WHEN support = '集中' THEN institution ELSE name END, false, NULL, bank, account_no, account_name, NULL, p
  FROM tekun
UNION ALL
  SELECT 3, care_outcome, tekun_care(self_care), p, NULL, id, NULL, support = '集中',
         CASE WHEN support = '集中' THEN institution ELSE name END, false, NULL, bank, account_no, account_name, NULL, p
  FROM tekun
UNION ALL
  SELECT 4, outcome, fen, p, 'household:' || division || ':' || household_id, id, NULL, false, name, false,
         CASE WHEN dead THEN p END, bank, account_no, account_name, household_id, row_number() OVER (ORDER BY division || ':' || household_id)
  FROM households
UNION ALL
  SELECT 5, coalesce(state, CASE WHEN NOT poor THEN 'refused' WHEN expired THEN 'refused' WHEN injured THEN 'refused'
                                 WHEN in_tekun OR is_orphan THEN 'barred' ELSE 'entitled' END),
         disability(), p, NULL, id, NULL, false, name, false, NULL, bank, account_no, account_name, NULL, p
  FROM disability
UNION ALL
  SELECT 6, coalesce(state, CASE WHEN severe IS NULL THEN 'deferred' WHEN NOT severe THEN 'refused' WHEN expired THEN 'refused'
                                 WHEN injured THEN 'refused' WHEN in_tekun THEN 'barred' ELSE 'entitled' END),
         disability(), p, NULL, id, NULL, false, name, false, NULL, bank, account_no, account_name, NULL, p
  FROM disability
UNION ALL
  SELECT 7, CASE WHEN judged = 'entitled' AND left_over <= 0 THEN 'nil' ELSE judged END, left_over, p, NULL, id, payee_id,
         placement = '集中', CASE WHEN payee_name IS NULL THEN name ELSE payee_name END, payee_id IS NOT NULL,
         person(payee_id), bank, account_no, account_name, NULL, p
  FROM (SELECT c.*, child_outcome(c.state, c.died, c.born, c.in_school_until) AS judged,
               orphan('散居') - coalesce(d.share, 0) - coalesce(tekun_living(t.hukou), 0)
                 - CASE WHEN l.p IS NULL THEN 0 ELSE disability() END AS left_over
        FROM children c LEFT JOIN in_dibao d USING (p)
             LEFT JOIN (SELECT p, hukou FROM tekun WHERE living_outcome = 'entitled') t USING (p)
             LEFT JOIN (SELECT p FROM disability WHERE state IS NULL AND poor AND expired IS NOT TRUE AND NOT injured
                          AND NOT in_tekun AND NOT is_orphan) l USING (p)
        WHERE c.child_kind = '事实无人抚养')
UNION ALL
  SELECT 8, CASE WHEN state IS NOT NULL THEN state WHEN died < m() THEN 'refused'
                 WHEN age < 80 * 12 THEN 'refused' ELSE 'entitled' END,
         CASE WHEN age < 100 * 12 THEN 10000 ELSE 60000 END,
         p, NULL, id, NULL, false, name, false, NULL, bank, account_no, account_name, NULL, p
  FROM (SELECT f.*, died, month_number() - birth_number(p) AS age,
               standing(id, p, month_of(first_month), month_of(last_month), status) AS state
        FROM (SELECT *, person(id) AS p FROM old_age_file) f LEFT JOIN deaths USING (p))
UNION ALL
  SELECT 9, CASE WHEN state IS NOT NULL THEN state WHEN died < m() THEN 'refused'
                 WHEN age < 70 * 12 OR age >= 80 * 12 THEN 'refused' WHEN NOT poor THEN 'refused' ELSE 'entitled' END,
         5000, p, NULL, id, NULL, false, name, false, NULL, bank, account_no, account_name, NULL, p
  FROM (SELECT f.*, died, month_number() - birth_number(p) AS age, d.p IS NOT NULL AS poor,
               standing(id, p, month_of(first_month), month_of(last_month), status) AS state
        FROM (SELECT *, person(id) AS p FROM aged_file) f LEFT JOIN deaths USING (p) LEFT JOIN in_dibao d USING (p))
UNION ALL
  SELECT 10, CASE WHEN state IS NOT NULL THEN state WHEN died < m() THEN 'refused' ELSE 'entitled' END,
         90000, p, NULL, id, NULL, false, name, false, NULL, bank, account_no, account_name, NULL, p
  FROM (SELECT f.*, died, standing(id, p, month_of(first_month), month_of(last_month), status) AS state
        FROM (SELECT *, person(id) AS p FROM sanmin_file) f LEFT JOIN deaths USING (p))
UNION ALL
  SELECT 11, CASE WHEN state IS NOT NULL THEN state WHEN case_no IS NULL OR fen(approved_amount) IS NULL THEN 'deferred'
                  WHEN coalesce(special_approval, '否') <> '是'
                       AND fen(approved_amount) > 12 * dibao_standard('城镇') * persons::INTEGER THEN 'refused'
                  WHEN fen(approved_amount) = 0 THEN 'nil' ELSE 'entitled' END,
         fen(approved_amount), p, NULL, id, NULL, false, name, false, p, bank, account_no, account_name, case_no, p
  FROM (SELECT *, standing(id, p, coalesce(month_of(first_month), m()), month_of(last_month), status) AS state
        FROM (SELECT *, person(id) AS p FROM aid_file))
UNION ALL
  -- Each row by itself; of one person's the choice, then the highest, then the first listed stays.
  SELECT 12, CASE WHEN outcome = 'entitled' AND row_number() OVER (PARTITION BY p, outcome
                    ORDER BY (choice = care_group) DESC NULLS LAST, care_group_rate(care_group) DESC, care_group_place(care_group)) > 1
                  THEN 'barred' ELSE outcome END,
         care_group_rate(care_group), p, NULL, id, NULL, true, provider, false, NULL, bank, account_no, account_name, care_group, p
  FROM (SELECT *, CASE WHEN state IS NOT NULL THEN state WHEN died < m() THEN 'refused'
                       WHEN care_group_rate(care_group) IS NULL THEN 'deferred'
                       WHEN age < CASE care_group WHEN '特困65' THEN 65 WHEN '低保80' THEN 80 WHEN '独居70' THEN 70 ELSE 0 END * 12
                       THEN 'refused' ELSE 'entitled' END AS outcome
        FROM (SELECT f.*, died, month_number() - birth_number(p) AS age,
                     standing(id, p, month_of(first_month), month_of(last_month), status) AS state
              FROM (SELECT *, person(id) AS p FROM care_file) f LEFT JOIN deaths USING (p)))
UNION ALL
  SELECT 13, CASE WHEN state IS NOT NULL THEN state WHEN died < m() THEN 'refused' WHEN age < 70 * 12 THEN 'refused'
                  WHEN fen IS NULL THEN 'deferred' WHEN fen = 0 THEN 'nil' ELSE 'entitled' END,
         fen, p, NULL, id, NULL, false, name, false, NULL, bank, account_no, account_name, NULL, p
  FROM (SELECT f.*, died, month_number() - birth_number(p) AS age,
               least(try_cast(meals AS INTEGER), 22) * CASE WHEN month_number() - birth_number(p) < 90 * 12 THEN 300 ELSE 500 END AS fen,
               standing(id, p, month_of(first_month), month_of(last_month), status) AS state
        FROM (SELECT *, person(id) AS p FROM meals_file) f LEFT JOIN deaths USING (p))
UNION ALL
  SELECT 14, CASE WHEN state IS NOT NULL THEN state WHEN case_no IS NULL OR fen(approved_amount) IS NULL THEN 'deferred'
                  WHEN fen(approved_amount) = 0 THEN 'nil' ELSE 'entitled' END,
         fen(approved_amount), p, NULL, id, NULL, false, name, false, p, bank, account_no, account_name, case_no, p
  FROM (SELECT *, standing(id, p, coalesce(month_of(first_month), m()), month_of(last_month), status) AS state
        FROM (SELECT *, person(id) AS p FROM pilot_file));

RESET disabled_optimizers;

-- One key twice (the person, with its group; of one-off programmes the case): all of them wait.
CREATE TEMP TABLE twice AS
  SELECT programme, p, part FROM decisions
  WHERE programme IN (8, 9, 10, 12, 13) AND outcome NOT IN ('rejected', 'not-current') GROUP BY ALL HAVING count(*) > 1
  UNION ALL SELECT programme, p, NULL FROM decisions
  WHERE programme IN (5, 6) AND outcome NOT IN ('rejected', 'not-current') GROUP BY ALL HAVING count(*) > 1;
UPDATE decisions SET outcome = 'deferred' FROM twice
  WHERE twice.programme = decisions.programme AND twice.p = decisions.p AND twice.part IS NOT DISTINCT FROM decisions.part
    AND decisions.outcome NOT IN ('rejected', 'not-current');
CREATE TEMP TABLE cases_twice AS
  SELECT programme, part FROM decisions
  WHERE programme IN (11, 14) AND outcome NOT IN ('rejected', 'not-current') GROUP BY ALL HAVING count(*) > 1;
UPDATE decisions SET outcome = 'deferred' FROM cases_twice c
  WHERE c.programme = decisions.programme AND c.part = decisions.part
    AND decisions.outcome NOT IN ('rejected', 'not-current');

-- ── Settlement on an empty ledger: what is held, what is paid ───────────────────────────────────
CREATE TEMP VIEW due AS
  SELECT d.programme, fen, p, key, beneficiary, d.id, organisation, guarded, payee_p, heard, part,
         CASE WHEN NOT organisation THEN coalesce(d.payee_id, d.id) END AS payee_id,
         coalesce(n.account.bank, b.bank, d.bank) AS bank, coalesce(b.place, 99) AS bank_place,
         coalesce(n.account.account_no, d.account_no) AS account_no,
         coalesce(n.account.account_name, d.account_name) AS account_name
  FROM decisions d LEFT JOIN new_accounts n ON NOT d.organisation AND n.payee_id = coalesce(d.payee_id, d.id)
       LEFT JOIN banks b ON b.name = coalesce(n.account.bank, d.bank)
  WHERE outcome = 'entitled';

-- Accounts that would serve several: of no organisation, not a guardian's on every row, not one household's.
CREATE TEMP TABLE shared AS
  WITH several AS (
    SELECT account_no FROM due WHERE NOT organisation
    GROUP BY account_no HAVING min(p) <> max(p) AND NOT bool_and(guarded))
  SELECT account_no
  FROM due JOIN several USING (account_no)
       LEFT JOIN (SELECT DISTINCT p, division || ':' || household_id AS home FROM dibao_rows WHERE state IS NULL
                    AND (SELECT count(*) FROM several) > 0) USING (p)
  GROUP BY account_no HAVING count(DISTINCT coalesce(home, p::VARCHAR)) > 1;

-- One-off cases and organisations can join several lines in one payment.
CREATE TEMP TABLE judged AS
  SELECT programme, fen, due.p, key, beneficiary, id, payee_id, organisation, bank, bank_place, due.account_no, account_name,
         organisation OR programme IN (11, 14) AS joins,
         CASE WHEN bank IS NULL OR due.account_no IS NULL OR NOT regexp_full_match(due.account_no, '[0-9-]+') THEN 'no-account'
              WHEN account_name IS DISTINCT FROM heard THEN 'account-name-differs'
              WHEN s.account_no IS NOT NULL THEN 'account-shared'
              WHEN deaths.died < m() THEN 'payee-dead' END AS hold
  FROM due LEFT JOIN deaths ON deaths.p = due.payee_p
       LEFT JOIN shared s ON s.account_no = due.account_no AND NOT due.organisation;

-- One payment for a programme, beneficiary and account; for an organisation one for its account.
-- `key` puts beneficiaries in order as one integer: several at once first, households by their
-- text, persons by their number.
CREATE TEMP TABLE joint AS
  SELECT programme, bank, any_value(bank_place) AS bank_place, account_no, account_name, payee_id,
         CASE WHEN min(p) = max(p) THEN min(id) END AS id, count(DISTINCT p) AS beneficiaries, sum(fen)::BIGINT AS fen,
         CASE WHEN min(p) = max(p) THEN min(p) ELSE row_number() OVER (ORDER BY account_no) - 1000000000 END AS key
  FROM judged WHERE hold IS NULL AND joins
  GROUP BY programme, bank, account_no, account_name, payee_id, CASE WHEN NOT organisation THEN p END;
CREATE TEMP VIEW payments AS
  SELECT programme, bank, bank_place, account_no, account_name, payee_id, beneficiary, id, 1::BIGINT AS beneficiaries, fen, key
  FROM judged WHERE hold IS NULL AND NOT joins
UNION ALL
  SELECT programme, bank, bank_place, account_no, account_name, payee_id, NULL, id, beneficiaries, fen, key FROM joint;

-- ── Out: payments.csv, totals.csv ───────────────────────────────────────────────────────────────
CREATE MACRO programme_code(n) AS ['orphan', 'tekun-living', 'tekun-care', 'dibao', 'disability-living', 'disability-nursing',
  'unattended-child', 'old-age', 'aged-70-79', 'sanmin', 'temporary-aid', 'home-care', 'meals', 'pilot-home-care-2022'][n];
CREATE MACRO yuan(f) AS (f::DECIMAL(15, 0) / 100)::DECIMAL(17, 2)::VARCHAR;

-- The number follows programme, bank, beneficiary, account (section 11); rows follow programme and
-- beneficiary (section 12). Numbered on narrow rows, so that the wide ones are sorted once.
CREATE TEMP TABLE numbers AS
  SELECT programme, key, bank_place, row_number() OVER (ORDER BY programme, bank_place, key) AS number
  FROM payments;
SET preserve_insertion_order = true;
COPY (
  SELECT getvariable('batch') || lpad(number::VARCHAR, 7, '0') AS payment_id,
         programme_code(programme) AS programme, bank, account_no, account_name, payee_id,
         coalesce(beneficiary, 'person:' || id) AS beneficiary, beneficiaries, yuan(fen) AS amount, yuan(fen) AS current,
         '0.00' AS arrears, '0.00' AS advance, '0.00' AS reissued, '0.00' AS "offset"
  FROM payments JOIN numbers USING (programme, key, bank_place) ORDER BY payments.programme, payments.key
) TO (getvariable('out') || '/payments.csv') (HEADER);

COPY (
  SELECT programme_code(programme) AS programme, count(*) FILTER (outcome = 'entitled') AS entitled,
         yuan(coalesce(sum(fen) FILTER (outcome = 'entitled'), 0)::BIGINT) AS entitled_amount,
         count(*) FILTER (outcome = 'nil') AS nil, count(*) FILTER (outcome = 'refused') AS refused,
         count(*) FILTER (outcome = 'barred') AS barred, count(*) FILTER (outcome = 'not-current') AS not_current,
         count(*) FILTER (outcome = 'deferred') AS deferred, count(*) FILTER (outcome = 'rejected') AS rejected,
         any_value(held) AS held, yuan(any_value(held_fen)) AS held_amount,
         any_value(paid) AS payments, yuan(any_value(paid_fen)) AS paid_amount
  FROM decisions
       LEFT JOIN (SELECT programme, count(*) AS held, sum(fen)::BIGINT AS held_fen FROM judged WHERE hold IS NOT NULL GROUP BY ALL) USING (programme)
       LEFT JOIN (SELECT programme, count(*) AS paid, sum(fen)::BIGINT AS paid_fen FROM payments GROUP BY ALL) USING (programme)
  GROUP BY decisions.programme ORDER BY decisions.programme
) TO (getvariable('out') || '/totals.csv') (HEADER);
