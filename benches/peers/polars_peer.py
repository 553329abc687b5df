"""The same month as `disburse run --dry-run`, as a Polars script: python polars_peer.py WORKSPACE MONTH OUT [-v]

Written from the design (sections 7, 9, 11, 12 and 15) and the default pack's figures, not from the
program. Money is whole fen in Int64 from the first step to the last; a missing cell is null.
"""

import sys
import time
from datetime import date
from pathlib import Path

import polars as pl

from workspace import Workspace

PROGRAMMES = ["orphan", "tekun-living", "tekun-care", "dibao", "disability-living", "disability-nursing", "unattended-child",
              "old-age", "aged-70-79", "sanmin", "temporary-aid", "home-care", "meals", "pilot-home-care-2022"]
OUTCOMES = ["entitled", "nil", "refused", "barred", "not-current", "deferred", "rejected"]
ENTITLED, NIL, REFUSED, BARRED, NOT_CURRENT, DEFERRED, REJECTED = range(7)

# ── Figures of February 2023 as known in that cycle (section 15), in fen ────────────────────────
DIBAO_STANDARD = {"城镇": 84100, "农村": 62100}
DIBAO_FLOOR = {"城镇": 5000, "农村": 3333}  # 50 yuan a month; 400 a year, half-up to the fen
TEKUN_LIVING = {"城镇": 109330, "农村": 80733}  # 1.3 × the urban standard; 9,688 a year
TEKUN_CARE = {"全护理": 126500, "半护理": 49400, "全自理": 0}
ORPHAN = {"散居": 128800, "集中": 153000}  # 1,400 and 1,660 are announced in 2023-05 only
DISABILITY = 10800
CARE_GROUPS = {"特困65": (8000, 65), "低保80": (8000, 80), "中度失能": (15000, 0), "重度失能": (20000, 0), "独居70": (7000, 70)}
KINDS = {"视力": "1", "听力": "2", "言语": "3", "肢体": "4", "智力": "5", "精神": "6", "多重": "7"}

col, lit, when = pl.col, pl.lit, pl.when


def looked_up(name, table, kind=pl.Int64):
    return col(name).replace_strict(table, default=None, return_dtype=kind)


def month_of(name):
    return (col(name) + "-01").str.to_date("%Y-%m-%d", strict=False)


def fen(name):
    return (col(name).cast(pl.Decimal(15, 2), strict=False) * 100).cast(pl.Int64)


def person(name="id"):
    """The first seventeen characters as one integer; the eighteenth follows from them."""
    return col(name).str.slice(0, 17).cast(pl.Int64, strict=False)


def weighed(number, digits):
    # The weights of ISO 7064 MOD 11-2 are powers of two: Σ dᵢ 2ⁱ = n − 4 Σ 2ᵏ ⌊n ÷ 10ᵏ⌋.
    return number - 4 * pl.sum_horizontal([(number // 10**k) * 2**k for k in range(1, digits)])


def identity_is_right(month_end):
    p = col("p")
    low, high = (p % 10**8).cast(pl.Int32), (p // 10**8).cast(pl.Int32)
    rest = (2 * (weighed(low, 8) + 3 * weighed(high, 9))) % 11
    last = col("id").str.slice(17)
    wanted = when(rest == 2).then(lit("X")).otherwise(((12 - rest) % 11).cast(pl.String))
    ymd = (p // 1000) % 10**8
    year, month, day = ymd // 10000, ymd // 100 % 100, ymd % 100
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    longest = when(month == 2).then(28 + leap.cast(pl.Int64)).when(month.is_in([4, 6, 9, 11])).then(lit(30)).otherwise(lit(31))
    real = (ymd >= 19000101) & (ymd <= month_end) & month.is_between(1, 12) & (day >= 1) & (day <= longest)
    return ((col("id").str.len_bytes() == 18) & (p.cast(pl.String) == col("id").str.slice(0, 17)) & real & (last == wanted)).fill_null(False)


class Peer:
    def __init__(self, folder, month, out):
        self.out = Path(out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.workspace = Workspace(folder, month, out)
        self.m = date.fromisoformat(f"{month}-01")
        self.number = self.m.year * 12 + self.m.month - 1
        following = date((self.number + 1) // 12, (self.number + 1) % 12 + 1, 1)
        self.month_end = (following - date.resolution).year * 10000 + self.m.month * 100 + (following - date.resolution).day

    def file(self, name):
        path, columns = self.workspace.files[name]
        schema = {column: pl.String for column in columns}
        return pl.scan_csv(path, has_header=False, skip_rows=1, schema=schema, raise_if_empty=False)

    def roster(self, name, once=False):
        """A roster's rows with key, age in months, and what they are before any rule (`state`; null: go on)."""
        first = month_of("first_month")
        missing = col("first_month").is_not_null() & first.is_null() if once else first.is_null()
        return (
            self.file(name)
            .with_columns(p=person())
            .with_columns(
                age=(self.number - ((col("p") // 10**7 % 10**4) * 12 + col("p") // 10**5 % 100 - 1)),
                state=when(~identity_is_right(self.month_end) | missing | ~col("status").is_in(["正常", "暂停", "停发"]).fill_null(False))
                .then(lit(REJECTED, pl.Int8))
                .when((first > self.m).fill_null(False) | (month_of("last_month") < self.m).fill_null(False) | (col("status") != "正常"))
                .then(lit(NOT_CURRENT, pl.Int8)),
            )
            .join(self.deaths, on="p", how="left", maintain_order="none")
        )

    def twice(self, rows, *key):
        """A key with more than one current row: all of them wait."""
        several = rows.filter(col("state").is_null()).group_by(key).len().filter(col("len") > 1).select(*key, several=lit(True))
        if several.height == 0:
            return rows
        return rows.join(several, on=key, how="left", nulls_equal=True).with_columns(
            state=when(col("state").is_null() & col("several").fill_null(False)).then(lit(DEFERRED, pl.Int8)).otherwise(col("state"))
        ).drop("several")

    def outcome(self, *steps, dies=True):
        """`state`, then death, then the steps: pairs of condition and outcome, the first that is true."""
        chain = when(col("state").is_not_null()).then(col("state"))
        if dies:
            chain = chain.when(col("died") < self.m).then(lit(REFUSED, pl.Int8))
        for condition, outcome in steps:
            chain = chain.when(condition.fill_null(False)).then(lit(outcome, pl.Int8))
        return chain.otherwise(lit(ENTITLED, pl.Int8))

    def decided(self, rows, programme, outcome, amount, organisation=None, heard="name", payee=None, beneficiary=None, part=None, payee_dead=False, keep=()):
        own = lit(False)
        organisation = own if organisation is None else organisation.fill_null(False)
        return rows.select(
            lit(PROGRAMMES.index(programme), pl.Int8).alias("programme"),
            outcome.alias("outcome"), amount.cast(pl.Int64).alias("fen"), col("p"), col("id"),
            (lit(None, pl.String) if beneficiary is None else beneficiary).alias("beneficiary"),
            organisation.alias("organisation"),
            (lit(None, pl.String) if payee is None else col(payee)).alias("guardian"),
            (col(heard) if isinstance(heard, str) else heard).alias("heard"),
            (lit(False) if payee_dead is False else payee_dead.fill_null(False)).alias("payee_dead"),
            col("bank"), col("account_no"), col("account_name"),
            (lit(None, pl.String) if part is None else col(part)).alias("part"),
            *keep,
        )

    def run(self, say):
        clock = [time.perf_counter(), time.process_time()]

        def done(what):
            if say:
                now = [time.perf_counter(), time.process_time()]
                print(f"{now[0] - clock[0]:8.3f} s wall {now[1] - clock[1]:8.3f} s processor  {what}", file=sys.stderr)
                clock[:] = now

        m = self.m
        # ── Registers ───────────────────────────────────────────────────────────────────────────
        self.deaths = (
            self.file("deaths").select(p=person(), died=col("died").str.to_date("%Y-%m-%d").dt.truncate("1mo"))
            .group_by("p").agg(col("died").min()).collect().lazy()
        )
        injured = self.file("work_injury").filter(month_of("from_month") <= m).select(p=person(), injured=lit(True)).unique()
        accounts = (
            self.file("accounts").filter(month_of("from_month") <= m).sort("from_month").group_by("id")
            .agg(new_bank=col("bank").last(), new_no=col("account_no").last(), new_name=col("account_name").last()).collect()
        )
        # ── The rosters that others ask ─────────────────────────────────────────────────────────
        children, tekun, dibao = pl.collect_all([self.roster("children"), self.roster("tekun"), self.roster("dibao")])
        done("children, tekun, dibao read")
        children, tekun = self.twice(children, "p"), self.twice(tekun, "p")
        too_old = (col("age") > 18 * 12) & (col("in_school_until").is_null() | (month_of("in_school_until") < m))
        placed = col("placement") == "集中"
        child = dict(organisation=placed, heard=pl.coalesce("payee_name", "name"), payee="payee_id")
        payee_deaths = self.deaths.select(payee_p="p", payee_died="died").collect()
        children = children.with_columns(payee_p=person("payee_id")).join(payee_deaths, on="payee_p", how="left")
        child["payee_dead"] = col("payee_died") < m
        orphans = self.decided(
            children.filter(col("child_kind") == "孤儿"), "orphan",
            self.outcome((too_old, REFUSED), (looked_up("placement", ORPHAN).is_null(), DEFERRED)), looked_up("placement", ORPHAN), **child)
        orphan_people = orphans.filter(col("outcome") == ENTITLED).select("p", is_orphan=lit(True)).unique()
        tekun = tekun.join(orphan_people, on="p", how="left")
        tekun_payee = dict(organisation=col("support") == "集中", heard=when(col("support") == "集中").then("institution").otherwise("name"))
        living = self.decided(
            tekun, "tekun-living",
            self.outcome((looked_up("hukou", TEKUN_LIVING).is_null(), DEFERRED), (col("is_orphan"), BARRED)), looked_up("hukou", TEKUN_LIVING), **tekun_payee)
        care_rate = looked_up("self_care", TEKUN_CARE)
        tekun_care = self.decided(
            tekun, "tekun-care",
            self.outcome((care_rate.is_null(), DEFERRED), (care_rate == 0, NIL), (col("is_orphan"), BARRED)), care_rate, **tekun_payee)
        tekun_people = living.filter(col("outcome") == ENTITLED).select("p", tekun_fen="fen")

        # ── Households ──────────────────────────────────────────────────────────────────────────
        not_counted = pl.concat([tekun_people.select("p"), orphan_people.select("p")]).unique().with_columns(elsewhere=lit(True))
        twice = dibao.filter(col("state").is_null()).group_by("p").len().filter(col("len") > 1).select("p", several=lit(True))
        grade = pl.coalesce(col("disability_grade").cast(pl.Int8, strict=False), col("disability_grade").str.slice(0, 1).replace_strict({"一": 1, "二": 2, "三": 3, "四": 4}, default=None, return_dtype=pl.Int8))
        now = col("state").is_null()
        dibao = (
            dibao.join(not_counted, on="p", how="left").join(twice, on="p", how="left")
            .select(
                "id", "p", "household_id", "hukou", "bank", "account_no", "account_name", "name", "state",
                division=pl.coalesce(looked_up("township", self.workspace.townships, pl.String), "township"),
                faulty=(col("state") == REJECTED).fill_null(False) | (now & col("several").fill_null(False)),
                dead=(col("died") < m).fill_null(False),
                head=col("relation").is_in(["户主", "本人"]).fill_null(False),
                income=fen("monthly_income"),
                uplift=pl.max_horizontal(
                    when(col("serious_illness") == "是").then(30).otherwise(0), when(grade <= 2).then(20).otherwise(0),
                    when(col("age") >= 70 * 12).then(10).otherwise(0), when(col("age") < 18 * 12).then(10).otherwise(0)),
                elsewhere=col("elsewhere").fill_null(False),
            )
            .with_columns(counts=now & ~col("dead") & ~col("elsewhere"))
        )
        home = ["division", "household_id"]
        grouped = dibao.group_by(home).agg(
            faulty=col("faulty").any(), current=now.sum(), living_heads=(now & col("head") & ~col("dead")).sum(),
            dead_heads=(now & col("head") & col("dead")).sum(), members=col("counts").sum().cast(pl.Int64),
            unknown=(col("counts") & col("income").is_null()).sum(), income=(col("income") * col("counts")).sum(),
            uplift=(col("uplift") * col("counts")).sum().cast(pl.Int64))
        heads = dibao.filter(now & col("head")).select(*home, "id", "p", "hukou", "bank", "account_no", "account_name", "name", "dead").unique([*home, "dead"])
        standard, floor = looked_up("hukou", DIBAO_STANDARD), looked_up("hukou", DIBAO_FLOOR)
        households = (
            grouped.with_columns(dead=col("living_heads") == 0).join(heads, on=[*home, "dead"], how="left")
            .with_columns(
                fen=pl.max_horizontal(standard * col("members") - col("income"), floor * col("members")) + (standard * col("uplift") + 50) // 100,
                outcome=when((col("current") == 0) & col("faulty")).then(lit(REJECTED, pl.Int8)).when(col("current") == 0).then(lit(NOT_CURRENT, pl.Int8))
                .when(col("faulty") | (col("living_heads") > 1) | ((col("living_heads") == 0) & (col("dead_heads") != 1))).then(lit(DEFERRED, pl.Int8))
                .when(col("members") == 0).then(lit(REFUSED, pl.Int8)).when((col("unknown") > 0) | standard.is_null()).then(lit(DEFERRED, pl.Int8))
                .when(col("income") >= standard * col("members")).then(lit(REFUSED, pl.Int8)).otherwise(lit(ENTITLED, pl.Int8)))
        )
        in_dibao = (
            dibao.filter("counts").select("p", *home)
            .join(households.filter(col("outcome") == ENTITLED).select(*home, "fen", "members"), on=home)
            .select("p", poor=lit(True), share=(2 * col("fen") + col("members")) // (2 * col("members")))
        ).lazy()
        dibao_decided = self.decided(
            households, "dibao", col("outcome"), col("fen"), beneficiary="household:" + col("division") + ":" + col("household_id"),
            payee_dead=col("dead"))
        done("households")

        # ── The other rosters ───────────────────────────────────────────────────────────────────
        certificate = col("certificate_no")
        disability = (
            self.roster("disability").join(in_dibao, on="p", how="left").join(injured, on="p", how="left")
            .join(tekun_people.lazy(), on="p", how="left").join(orphan_people.lazy(), on="p", how="left")
            .with_columns(
                grade=grade, expired=month_of_text(certificate_month := col("certificate_until").str.slice(0, 7)) < m,
                agrees=(certificate.str.slice(18, 1) == looked_up("disability_kind", KINDS, pl.String)) & (certificate.str.slice(19, 1) == grade.cast(pl.String)))
            .with_columns(state=when(certificate.str.slice(0, 18) != col("id")).then(lit(REJECTED, pl.Int8)).when(col("state").is_not_null()).then("state")
                          .when(~col("agrees").fill_null(False)).then(lit(DEFERRED, pl.Int8)))
        )
        aid_amount, rate = fen("approved_amount"), looked_up("care_group", {k: v[0] for k, v in CARE_GROUPS.items()})
        meal = pl.min_horizontal(col("meals").cast(pl.Int64, strict=False), lit(22)) * when(col("age") < 90 * 12).then(300).otherwise(500)
        over = (col("special_approval").fill_null("否") != "是") & (aid_amount > 12 * DIBAO_STANDARD["城镇"] * col("persons").cast(pl.Int64, strict=False))
        severe = (grade <= 2) | ((grade == 3) & col("disability_kind").is_in(["智力", "精神"]))
        died = (col("died") < m)
        both = ["state"]
        plans = [
            disability.select("p", "id", "name", "bank", "account_no", "account_name", "state", "died", "poor", "expired", "injured", "tekun_fen", "is_orphan", severe=severe),
            self.decided(self.roster("old_age"), "old-age", self.outcome((col("age") < 80 * 12, REFUSED)), when(col("age") < 1200).then(10000).otherwise(60000), keep=both),
            self.decided(self.roster("aged").join(in_dibao, on="p", how="left"), "aged-70-79",
                         self.outcome((~col("age").is_between(840, 959), REFUSED), (col("poor").is_null(), REFUSED)), lit(5000), keep=both),
            self.decided(self.roster("sanmin"), "sanmin", self.outcome(), lit(90000), keep=both),
            self.decided(self.roster("aid", once=True), "temporary-aid",
                         self.outcome((col("case_no").is_null() | aid_amount.is_null(), DEFERRED), (over, REFUSED), (aid_amount == 0, NIL), dies=False),
                         aid_amount, part="case_no", payee_dead=died, keep=both),
            self.decided(self.roster("care"), "home-care",
                         self.outcome((rate.is_null(), DEFERRED), (col("age") < 12 * looked_up("care_group", {k: v[1] for k, v in CARE_GROUPS.items()}), REFUSED)),
                         rate, organisation=lit(True), heard="provider", part="care_group", keep=["state", "choice"]),
            self.decided(self.roster("meals"), "meals", self.outcome((col("age") < 840, REFUSED), (meal.is_null(), DEFERRED), (meal == 0, NIL)), meal, keep=both),
            self.decided(self.roster("pilot", once=True), "pilot-home-care-2022",
                         self.outcome((col("case_no").is_null() | aid_amount.is_null(), DEFERRED), (aid_amount == 0, NIL), dies=False),
                         aid_amount, part="case_no", payee_dead=died, keep=both),
        ]
        disability, old_age, aged, sanmin, aid, care, meals, pilot = pl.collect_all(plans)
        done("the other rosters")

        def waits(rows, *key):
            several = rows.filter(~col("outcome").is_in([REJECTED, NOT_CURRENT])).group_by(key).len().filter(col("len") > 1).select(*key, several=lit(True))
            if several.height:
                rows = rows.join(several, on=key, how="left").with_columns(
                    outcome=when(col("several").fill_null(False) & ~col("outcome").is_in([REJECTED, NOT_CURRENT])).then(lit(DEFERRED, pl.Int8)).otherwise("outcome")).drop("several")
            return rows

        disability = self.twice(disability, "p")
        disability_living = self.decided(
            disability, "disability-living",
            self.outcome((col("poor").is_null(), REFUSED), (col("expired"), REFUSED), (col("injured"), REFUSED), (col("tekun_fen").is_not_null() | col("is_orphan").is_not_null(), BARRED)), lit(DISABILITY))
        nursing = self.decided(
            disability, "disability-nursing",
            self.outcome((col("severe").is_null(), DEFERRED), (~col("severe"), REFUSED), (col("expired"), REFUSED), (col("injured"), REFUSED), (col("tekun_fen").is_not_null(), BARRED)), lit(DISABILITY))
        subsidised = disability_living.filter(col("outcome") == ENTITLED).select("p", disability_fen="fen")
        unattended = (
            children.filter(col("child_kind") == "事实无人抚养").join(in_dibao.collect(), on="p", how="left")
            .join(tekun_people, on="p", how="left").join(subsidised, on="p", how="left")
            .with_columns(left_over=ORPHAN["散居"] - col("share").fill_null(0) - col("tekun_fen").fill_null(0) - col("disability_fen").fill_null(0)))
        unattended = self.decided(unattended, "unattended-child", self.outcome((too_old, REFUSED), (col("left_over") <= 0, NIL)), pl.max_horizontal("left_over", lit(0)), **child)
        care = waits(care, "p", "part")
        # Of one person's groups the choice, then the highest, then the first listed stays.
        order = col("part").replace_strict({group: place for place, group in enumerate(CARE_GROUPS)}, default=9, return_dtype=pl.Int64)
        standing = care.filter(col("outcome") == ENTITLED).with_columns(rank=(col("choice") == col("part")).fill_null(False).cast(pl.Int64) * 10**9 + col("fen") * 10 - order)
        care = pl.concat([
            care.filter(col("outcome") != ENTITLED),
            standing.with_columns(outcome=when(col("rank") == col("rank").max().over("p")).then(lit(ENTITLED, pl.Int8)).otherwise(lit(BARRED, pl.Int8))).drop("rank")])
        decisions = pl.concat([frame.drop("state", "choice", strict=False) for frame in (
            orphans, living, tekun_care, dibao_decided, disability_living, nursing, unattended, waits(old_age, "p"), waits(aged, "p"),
            waits(sanmin, "p"), waits(aid, "part"), care, waits(meals, "p"), waits(pilot, "part"))], rechunk=False)
        done("decisions")

        # ── Settlement on an empty ledger: what is held, what is paid ───────────────────────────
        due = decisions.lazy().filter(col("outcome") == ENTITLED).with_columns(
            payee_id=when(~col("organisation")).then(pl.coalesce("guardian", "id")), bank=col("bank").replace(self.workspace.banks))
        if accounts.height:
            due = due.join(accounts.lazy(), left_on="payee_id", right_on="id", how="left").with_columns(
                bank=pl.coalesce("new_bank", "bank"), account_no=pl.coalesce("new_no", "account_no"), account_name=pl.coalesce("new_name", "account_name"))
        due = due.collect()
        several = due.lazy().filter(~col("organisation")).group_by("account_no").agg(
            low=col("p").min(), high=col("p").max(), guarded=col("guardian").is_not_null().all()).filter((col("low") != col("high")) & ~col("guarded")).collect()
        if several.height:
            homes = dibao.filter(now).select("p", home=col("division") + ":" + col("household_id")).unique("p")
            shared = (due.join(several.select("account_no"), on="account_no", how="semi").join(homes, on="p", how="left")
                      .group_by("account_no").agg(pl.coalesce("home", col("p").cast(pl.String)).n_unique().alias("n")).filter(col("n") > 1))["account_no"]
        else:
            shared = several["account_no"]
        unfit = (
            col("bank").is_null() | ~col("account_no").str.contains(r"^[0-9-]+$").fill_null(False) | ~col("account_name").eq_missing(col("heard"))
            | (~col("organisation") & col("account_no").is_in(shared.implode())) | col("payee_dead"))
        payable, held = pl.collect_all([due.lazy().filter(~unfit), due.lazy().filter(unfit).group_by("programme").agg(held=pl.len(), held_fen=col("fen").sum())])
        done("what is held")
        # Only organisations' and one-off payments can have several lines, so only those are grouped.
        grouping = col("organisation") | col("programme").is_in([10, 13])
        columns = ["programme", "bank", "account_no", "account_name", "payee_id", "beneficiary", "p", "id", "beneficiaries", "fen"]
        household = payable.filter(col("beneficiary").is_not_null())["beneficiary"].rank("ordinal").cast(pl.Int64)
        single = payable.lazy().filter(~grouping).with_columns(beneficiaries=lit(1, pl.UInt32)).select(columns)
        joint = (
            payable.lazy().filter(grouping).with_columns(one=when(~col("organisation")).then("p"))
            .group_by("programme", "bank", "account_no", "account_name", "payee_id", "one")
            .agg(beneficiary=lit(None, pl.String), beneficiaries=col("p").n_unique(), fen=col("fen").sum(), p=col("p").first(), id=col("id").first())
            .with_columns(p=when(col("beneficiaries") == 1).then("p"), id=when(col("beneficiaries") == 1).then("id")).select(columns))
        payments = pl.concat([single, joint]).collect()
        # One integer puts beneficiaries in order: several at once first, households by their text, persons by number.
        order = {bank: place for place, bank in enumerate(sorted(set(self.workspace.banks.values()), key=str.encode))}
        payments = payments.with_columns(
            key=when(col("beneficiary").is_not_null()).then(col("beneficiary").rank("ordinal").cast(pl.Int64))
            .when(col("p").is_null()).then(-1_000_000_000 + col("account_no").rank("ordinal").cast(pl.Int64)).otherwise("p"),
            bank_place=col("bank").replace_strict(order, default=99, return_dtype=pl.Int8))
        done("payments")
        payments = payments.sort("programme", "bank_place", "key").with_row_index("number", offset=1).sort("programme", "key")
        done("order")
        yuan = (col("fen") // 100).cast(pl.String) + "." + (col("fen") % 100).cast(pl.String).str.zfill(2)
        codes = dict(enumerate(PROGRAMMES))
        zero = lit("0.00")
        payments.select(
            payment_id=lit(f"{self.workspace.district}-{m:%Y%m}-R0000-") + col("number").cast(pl.String).str.zfill(7),
            programme=col("programme").replace_strict(codes, return_dtype=pl.String), bank="bank", account_no="account_no", account_name="account_name",
            payee_id="payee_id", beneficiary=pl.coalesce("beneficiary", "person:" + col("id")), beneficiaries="beneficiaries",
            amount=yuan, current=yuan, arrears=zero, advance=zero, reissued=zero, offset=zero,
        ).write_csv(self.out / "payments.csv")
        done("payments.csv")
        paid = payments.group_by("programme").agg(payments=pl.len(), paid_fen=col("fen").sum())
        counts = decisions.group_by("programme").agg(
            *[(col("outcome") == code).sum().alias(name.replace("-", "_")) for code, name in enumerate(OUTCOMES)],
            entitled_fen=col("fen").filter(col("outcome") == ENTITLED).sum())
        money = [(pl.col(a) // 100).cast(pl.String).add(".").add((pl.col(a) % 100).cast(pl.String).str.zfill(2)).alias(b)
                 for a, b in (("entitled_fen", "entitled_amount"), ("held_fen", "held_amount"), ("paid_fen", "paid_amount"))]
        (counts.join(held, on="programme", how="left").join(paid, on="programme", how="left").sort("programme").fill_null(0)
         .with_columns(*money, col("programme").replace_strict(codes, return_dtype=pl.String))
         .drop("entitled_fen", "held_fen", "paid_fen").write_csv(self.out / "totals.csv"))
        done("totals.csv")


def month_of_text(text):
    return (text + "-01").str.to_date("%Y-%m-%d", strict=False)


if __name__ == "__main__":
    Peer(sys.argv[1], sys.argv[2], sys.argv[3]).run("-v" in sys.argv[4:])
