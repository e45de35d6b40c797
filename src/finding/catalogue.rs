//! The catalogue: every finding there is, with its stable code, severity, cause and cure.
//!
//! A code never changes its meaning and is never given to another finding. `FINDINGS.md` is
//! held against this list by a test, and another one asks for a fixture for each code.
//!
//! The reader is an office clerk in the afternoon before the closing: words for people without
//! a technical background, no English but names that they see or commands that they type, no
//! program terms. The tests below hold every sentence to that. A cure names the one thing to do
//! and where: 赤いセル is the cell in the error workbook, whose sheets with withheld rows go back
//! into the inbox; 「対応の追加」シート is a sheet of the same workbook for words, headers and codes
//! that no table knows. 楽すけ is the master, so what is mended in a red cell is mended there as
//! well; otherwise its next export brings the same finding again.

use std::fmt;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// エラー: the row cannot be sent, and with it the client's month.
    Error,
    /// 要確認: it is sent, but somebody should look.
    Review,
    /// 注意: it is sent; good to know.
    Notice,
}

impl Severity {
    /// The word on the screen and in the workbook.
    pub fn label(self) -> &'static str {
        match self {
            Self::Error => "エラー",
            Self::Review => "要確認",
            Self::Notice => "注意",
        }
    }
}

/// A step of the work as the clerk's manual names it, in its order.
///
/// The vendor's manual of the link (楽すけとCare-wingの連携) has four: 接続設定, 基本情報の登録,
/// 月間ケアプランの登録 and 実績の取得. 接続設定 is none of these, because no row is read there;
/// what goes wrong then is an error of the run. 請求 is what all of them are done for: the manual
/// ends with the warning that visits fetched under a 日割 code hardly ever give the right claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ManualStep {
    /// 基本情報の登録: care-management offices, clients and their cards.
    Basics,
    /// 月間ケアプランの登録.
    Plan,
    /// 実績の取得.
    Actuals,
    /// 請求: nothing of the link, but what its data is billed from.
    Billing,
}

impl ManualStep {
    /// Every step, in the manual's order.
    pub const ALL: &'static [Self] = &[Self::Basics, Self::Plan, Self::Actuals, Self::Billing];

    /// The manual's words for it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Basics => "基本情報の登録",
            Self::Plan => "月間ケアプランの登録",
            Self::Actuals => "実績の取得",
            Self::Billing => "請求",
        }
    }
}

/// Defines the catalogue once; number, severity, steps, title, cause and cure of each code.
///
/// A step stands in the list where
/// - the finding is said while that step is done (what is wrong with a newer export of the plan
///   that 実績の取得 reads belongs to 月間ケアプランの登録, whose file it is),
/// - its cure is done by that step, as a client who is unknown to a plan is registered with the
///   basic data, or
/// - it makes itself felt there. 請求 stands where the row goes on all the same, so that nothing
///   but the bill shows what was overlooked, or where a care-management office, whose report to
///   the insurer has to agree with the bill, is told less than is billed.
macro_rules! catalogue {
    ($($variant:ident $number:literal $severity:ident [$($step:ident)+]
        $title:literal $cause:literal $cure:literal;)*) => {
        /// One kind of finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $title] $variant,)* }

        impl Code {
            /// Every code, in the order of its number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code: a letter for the stage and three digits.
            pub fn number(self) -> &'static str {
                match self { $(Self::$variant => $number,)* }
            }

            /// How much it weighs.
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }

            /// どの手順で: where in the manual's steps it matters, in their order; at least one.
            pub fn steps(self) -> &'static [ManualStep] {
                match self { $(Self::$variant => &[$(ManualStep::$step),+],)* }
            }

            /// A few words, for lists of causes.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// 何が問題か
            pub fn cause(self) -> &'static str {
                match self { $(Self::$variant => $cause,)* }
            }

            /// どう直すか
            pub fn cure(self) -> &'static str {
                match self { $(Self::$variant => $cure,)* }
            }
        }
    };
}

catalogue! {
    // R: reading a file
    UndecodableBytes "R101" Error [Basics Plan] "文字として読めない"
        "このセルに、文字として読めない部分があります。"
        "赤いセルを正しい文字に直し、楽すけでも同じ項目を入力し直してください。";
    PrivateCharacter "R102" Error [Basics Plan] "外字が使われている"
        "外字(そのパソコンでだけ使えるように作った文字)は、ほかのパソコンでは読めません。"
        "赤いセルの外字を、よく似た普通の漢字かカナに直し、楽すけも同じ字にしてください。";
    UnknownFileKind "R103" Error [Basics Plan] "何のファイルか分からない"
        "居宅支援事業所一覧・利用者一覧・月間ケアプランのどれなのか、見出しやファイル名から分かりません。"
        "楽すけからCSVかExcelで書き出したファイルを入れてください。そうでないファイルは受信箱(inbox)から出してください。見出しの言葉が大きく変わったのなら、設定した担当者に伝えてください。";
    MissingColumn "R104" Error [Basics Plan] "必要な列がない"
        "このファイルに必要な列が見つからないため、ファイル全体を読めません。"
        "その列も入れて、楽すけからもう一度書き出してください。見出しの言葉が変わっただけなら、「対応の追加」シートに、どの項目のことかを書き入れてください。";
    DoubledColumn "R105" Error [Basics Plan] "同じ列が二つある"
        "同じ項目の列が二つあり、どちらを使うか決められません。ファイル全体を読めません。"
        "いらないほうの列を消して、もう一度受信箱(inbox)に入れてください。";
    UnknownColumn "R106" Notice [Basics Plan] "使わない列がある"
        "登録には使わない列です。この列は読みません。"
        "予定や利用者の情報が入っていない列なら、そのままで構いません。入っているなら、「対応の追加」シートを見てください。";
    NoUsableRow "R107" Error [Basics Plan] "使える行が一つもない"
        "見出しはありますが、その下にデータの行が一つもありません。"
        "楽すけで選んだ対象年月や事業所を確かめ、もう一度書き出してください。";
    CellError "R108" Error [Basics Plan] "計算式がエラーになっている"
        "Excelの計算式がエラー(#REF! など)になっているか、式のまま残っていて、値が分かりません。"
        "赤いセルに、計算式ではなく正しい値を入力してください。";
    DigitsLost "R109" Error [Basics Plan] "数字の桁が失われている"
        "Excelが長い番号を 1.23E+09 のような形に変えたため、元の番号が分かりません。"
        "楽すけの画面で番号を確かめ、赤いセルに入力してください。CSVをExcelで開かずに受信箱(inbox)に入れると防げます。";
    RowTooLong "R110" Error [Basics Plan] "行の列数が見出しより多い"
        "この行は見出しの右端より先まで値があり、途中から右にずれているおそれがあります。"
        "赤いセルから先の値を、見出しに合う列に移してください。楽すけの住所などに「,」があれば、それも消します。";
    UnclosedQuote "R111" Error [Basics Plan] "「\"」が閉じていない"
        "「\"」の片方がないため、どこまでが一つの値か分かりません。"
        "赤いセルの「\"」を消し、見出しに合う値が並ぶように直してください。楽すけの入力に「\"」があれば、それも消します。";
    ZeroesRestored "R112" Notice [Basics Plan] "先頭の0を補った"
        "番号や時刻の先頭の0が消えていたので、決められた桁数まで補いました。"
        "正しいか確かめてください。CSVをExcelで開かずに受信箱(inbox)に入れると防げます。";
    UnreadableWorkbook "R113" Error [Basics Plan] "Excelファイルとして開けない"
        "ファイルが壊れているか、パスワードが掛かっています。"
        "Excelで開いて、パスワードなしの .xlsx で保存し直してください。開けなければ、楽すけからもう一度書き出してください。";
    ControlCharacter "R114" Error [Basics Plan] "文字ではないデータが混ざっている"
        "このセルに、文字ではない、目に見えない印が混ざっています。"
        "赤いセルをいったん空にして入力し直し、楽すけでも同じ項目を入力し直してください。";
    EndMark "R115" Notice [Basics Plan] "ファイルの終わりの印がある"
        "ファイルの最後に、古いソフトが付ける終わりの印があります。データではないので読みません。"
        "そのままで問題ありません。";
    RowCutShort "R116" Error [Basics Plan] "行が途中で切れている"
        "行が、必要な列の手前で終わっています。途中に改行が入って、二行に分かれたおそれがあります。"
        "次の行に続きがあれば、赤いセルから先に移してください。楽すけの入力の途中に改行があれば、それも消します。";
    RowShorter "R117" Review [Basics Plan] "行の列数が見出しより少ない"
        "行の右の端の列がありません。利用者の登録済みの値は、消さずに残します。"
        "値があるはずなら、楽すけからもう一度書き出してください。値を消すときも、列のそろったファイルを入れてください。";
    FooterLine "R118" Notice [Basics Plan] "合計の行"
        "一覧の下にある合計などの行です。データではないので送りません。"
        "そのままで問題ありません。";
    HeaderAgain "R119" Notice [Basics Plan] "見出しがもう一度ある"
        "データの途中に見出しの行がもう一度あります。この行は読みません。"
        "そのままで問題ありません。";
    HiddenRows "R120" Notice [Basics Plan] "非表示の行がある"
        "Excelで非表示になっている行(フィルターで隠れた行も含みます)があります。その行も読みました。"
        "送らない行なら、非表示にするのではなく削除して、もう一度受信箱(inbox)に入れてください。";
    HiddenSheet "R121" Review [Basics Plan] "非表示のシートがある"
        "Excelで非表示になっているシートです。ほかのシートに同じ利用者の行がないものだけを使います。"
        "送らないシートなら、削除して、もう一度受信箱(inbox)に入れてください。";
    MergedDown "R122" Notice [Basics Plan] "結合セルの値を使った"
        "上の行と結合されたセルなので、上の行と同じ値をこの行にも使いました。"
        "この行の値として正しいか確かめてください。";
    MergedAcross "R123" Error [Basics Plan] "横に結合されたセル"
        "横に結合されたセルなので、どの列の値か分かりません。"
        "赤いセルに、それぞれの列の値を入力してください。元のファイルは、Excelでセルの結合を解除します。";
    NoResult "R124" Error [Basics Plan] "計算式の結果が保存されていない"
        "計算式が入っていますが、計算した結果がファイルに保存されていません。"
        "赤いセルに値を入力してください。元のファイルをExcelで開き、保存し直しても構いません。";
    SheetTooLarge "R125" Error [Basics Plan] "シートが大きすぎる"
        "シートが大きすぎて読めません。表の外の空のセルに、色や罫線が付いているおそれがあります。"
        "必要な表だけを新しいシートに写して保存し、受信箱(inbox)に入れてください。";
    NameDoesNotTell "R126" Review [Basics Plan] "ファイル名から内容を確かめられない"
        "国の標準仕様のファイルですが、ファイル名が標準仕様の形ではありません。内容だけで判断しました。"
        "受け取ったファイルの名前を変えずに、受信箱(inbox)に入れてください。";
    MixedFile "R127" Error [Basics Plan] "一つのファイルに違うものが混ざっている"
        "一つのファイルの中で同じでなければならない項目が、途中から変わっています。ファイル全体を送りません。"
        "ファイルを作った事業所に、もう一度書き出してもらってください。表をつないだファイルなら、表ごとのファイルに分けてください。";
    SourceChanged "R128" Error [Basics Plan] "訂正の元のファイルが変わっている"
        "このエラー一覧を作ったあとに、元のファイルが新しくなったか、見つからなくなりました。訂正は取り込んでいません。"
        "新しいほうのエラー一覧で訂正するか、楽すけで直して書き出し直してください。";
    CorrectedElsewhere "R129" Error [Basics Plan] "ほかの訂正と食い違う"
        "このセルは、このエラー一覧を作ったあとに、ほかの内容に訂正されています。この訂正は取り込んでいません。"
        "どちらが正しいか確かめてください。この訂正が正しければ、楽すけで直して書き出し直してください。";
    RowUnclear "R130" Error [Basics Plan] "どの行の訂正か分からない"
        "エラー一覧のこの行が、元のファイルのどの行か分かりません。この行の訂正は取り込んでいません。"
        "元のエラー一覧(reports フォルダー)を開き、行を加えたり番号を消したりせずに、同じ訂正を入力して入れてください。";
    NotTheWorkbook "R131" Error [Basics Plan] "エラー一覧として読めない"
        "エラー一覧のシートですが、行を見分ける印がなくなっているか、ほかの形式で保存されています。何も取り込んでいません。"
        "元のエラー一覧(reports フォルダー)を開いて訂正し、Excelブック(.xlsx)のまま保存して入れてください。";
    AnswerUnusable "R132" Error [Basics Plan] "対応の追加の答えを使えない"
        "「対応の追加」の答えが、選べるものの中にないか、ほかの答えと食い違います。何も加えていません。"
        "黄色のセルの選択肢から選び直してください。";
    UnreadableCell "R133" Error [Basics Plan] "セルの値を読み取れない"
        "ファイルの中のこのセルに、値ではないものが書かれています。画面で見える値と違うおそれがあります。"
        "赤いセルに正しい値を入力してください。元のファイルをExcelで開いて保存し直しても構いません。";
    LostSheet "R134" Review [Basics Plan] "中身のないシートがある"
        "シートの名前はありますが、その中身がファイルにありません。ほかのシートだけを読みました。"
        "そのシートにデータがあったはずなら、元のファイルをExcelで開いて保存し直し、もう一度受信箱(inbox)に入れてください。";
    GuardTakenOff "R135" Notice [Basics Plan] "値を囲む印を外した"
        "先頭の0を残すためにほかのソフトが付けた印(=や')があったので、外して読みました。"
        "そのままで問題ありません。";
    LostCharacters "R136" Review [Basics Plan] "文字が失われた跡がある"
        "文字が ? や 〓、記号と数字の並びなどに置き換わっています。元の文字が失われたおそれがあります。"
        "元の文字を確かめ、違っていれば、楽すけで直してもう一度書き出してください。";
    WordForNothing "R137" Review [Basics Plan] "値がないという意味の言葉"
        "NULL のような、値がないという意味の言葉が入っています。書き出したソフトが付けたものかもしれません。"
        "空であるはずなら、楽すけで空にするか、正しい値を入力して、もう一度書き出してください。";
    TurnedIntoDate "R138" Error [Basics Plan] "日付に変わっている"
        "Excelが番号を日付(6月5日 など)に変えたため、元の番号が分かりません。"
        "楽すけの画面で番号を確かめ、赤いセルに入力してください。CSVをExcelで開かずに受信箱(inbox)に入れると防げます。";
    NotItsForm "R139" Review [Basics Plan] "郵便番号や電話番号の形ではない"
        "郵便番号か電話番号の形をしていません。先頭の0などが失われたおそれがあります。"
        "番号を確かめ、違っていれば、楽すけで直してもう一度書き出してください。正しければ、そのままで構いません。";
    OwnOutput "R140" Error [Basics Plan] "rakuwing が書き出したファイル"
        "rakuwing が書き出したファイルです。楽すけから書き出したものではないので、読みません。"
        "受信箱(inbox)から出してください。実績のファイルは楽すけに取り込みます。居宅支援事業所へのファイルは、そのまま渡します。";
    KnownColumnAbsent "R143" Review [Basics Plan Billing] "知っている列が見当たらない"
        "知っている項目の列が見当たらず、読んでいない列が残っています。その項目は空として扱いました。"
        "「対応の追加」シートに、どの見出しの列のことかを書き入れてください。もともとない列なら、「この列はない」を選んでください。";
    DaysUnread "R144" Error [Plan] "読めていない日の列がある"
        "日の列が足りないため、このままでは訪問の予定の一部が失われます。ファイル全体を送りません。"
        "「対応の追加」シートに、日の列がどの見出しのことかを書き入れてください。列を消してしまったのなら、楽すけからもう一度書き出してください。";
    SameFileTwice "R145" Notice [Basics Plan] "同じファイルが二つある"
        "中身がまったく同じファイルが二つ入っています。片方だけを使い、こちらは使いませんでした。"
        "そのままで問題ありません。";
    MonthFromExcel "R146" Notice [Plan] "Excelが変えた年月を読み直した"
        "Excelが年月を日付の形(Nov-26 や 11月26日)に変えていました。ファイル名やほかの行から、元の年月として読みました。"
        "正しいか確かめてください。CSVをExcelで開かずに受信箱(inbox)に入れると防げます。";
    MonthLostInExcel "R147" Error [Plan] "年月がExcelで日付に変わっている"
        "Excelが年月を日付の形(Nov-26 や 11月26日)に変えたため、元の年月を決められません。"
        "赤いセルに 2026/11 のように入力してください。CSVをExcelで開かずに受信箱(inbox)に入れると防げます。";
    ColumnMissed "R148" Review [Basics Plan Actuals Billing] "列がないとできないことがある"
        "この項目の列がないので、できないことがあります。"
        "その列も入れて、楽すけからもう一度書き出してください。使わないことなら、そのままで構いません。";
    NotChosen "R149" Notice [Basics Plan] "選ばなかったファイル"
        "同じことが入っているほかのファイルを使うと決めたので、このファイルのこの内容は使いませんでした。"
        "そのままで問題ありません。";
    LeftOut "R150" Notice [Basics Plan] "除外すると決めた行"
        "エラー一覧で除外すると決めた行です。送りません。同じ利用者のほかの行は、この行なしで送ります。"
        "送る行に戻すときは、エラー一覧の「除外した行」シートで「除外」を消して、受信箱(inbox)に入れてください。";
    ReasonMissing "R151" Error [Basics Plan] "除外の理由がない"
        "「除外」を選んでいますが、除外の理由が空です。この行は除外していません。"
        "エラー一覧のこの行の「除外の理由」に、なぜ送らないかを書いて、もう一度受信箱(inbox)に入れてください。";
    NationalFileOfOthers "R152" Notice [Basics Plan] "この連携では使わない国の標準仕様のファイル"
        "ケアプランデータ連携のファイルですが、この連携で使うものではありません。読まずに、そのままにしました。"
        "そのままで問題ありません。受信箱(inbox)から出しておくと、この知らせは出なくなります。";
    NotAName "R153" Error [Basics Plan] "氏名や名称ではない"
        "氏名や名称のところに、数や日付などだけが入っています。Excelが文字を変えたか、列がずれたおそれがあります。"
        "楽すけの画面で正しい氏名や名称を確かめ、赤いセルに入力してください。";
    NotAText "R154" Review [Basics Plan] "文字の項目に数や日付などがある"
        "文字の項目に、数や日付などだけが入っているか、途中に改行やタブがあります。Excelが文字を変えたおそれがあります。"
        "正しいか確かめ、違っていれば、楽すけで直してもう一度書き出してください。正しければ、そのままで構いません。";
    DayFromNumber "R155" Notice [Basics Plan] "数を日付として読んだ"
        "日付の列に数だけがあり、Excelの日付の番号として読みました。Excelで列の表示形式を変えて保存すると、このような数になります。"
        "日付が正しいか確かめてください。違っていれば、楽すけからもう一度書き出してください。";
    TotalUnknown "R156" Review [Plan] "合計を確かめられない"
        "合計の計算式がエラーか、計算した結果がファイルに保存されていません。日ごとの回数は読めているので送りますが、合計と合うかどうかは確かめられません。"
        "日ごとの回数が正しければ、そのままで構いません。元のファイルをExcelで開いて保存し直すと、合計も確かめられます。";

    // V: the value of one cell
    RequiredEmpty "V201" Error [Basics Plan] "必須の項目が空"
        "必ず入力する項目が空です。"
        "赤いセルに入力し、楽すけにも入力してください。";
    WrongNumberForm "V202" Error [Basics Plan] "番号の桁数や文字が違う"
        "番号の桁数が違うか、番号に使えない文字が入っています。"
        "保険証や指定通知書で番号を確かめ、赤いセルと楽すけを直してください。";
    CheckDigitFails "V203" Notice [Basics Plan Billing] "番号の最後の数字が合わない"
        "番号の最後の数字は、ほかの数字から計算して決まります。その計算と合わないので、入力違いのおそれがあります。"
        "保険証や指定通知書で番号を確かめてください。正しければそのままで構いません。";
    NotADate "V204" Error [Basics Plan] "日付・年月として読めない"
        "日付または年月として読めません。"
        "赤いセルに 2026/10/1 や令和8年10月1日のように入力し、楽すけも直してください。";
    ImpossibleDate "V205" Error [Basics Plan] "暦にない日付"
        "暦にない日付です(2月30日など)。"
        "赤いセルと楽すけを、正しい日付に直してください。";
    EraEnded "V206" Notice [Basics Plan] "終わった元号の日付"
        "元号が終わった後の日付です(平成33年など)。西暦に直した日として扱いました。"
        "日付を確かめてください。正しければそのままで構いません。";
    NotATime "V207" Error [Plan] "時刻として読めない"
        "時刻として読めません。"
        "赤いセルに 9:00 のように入力し、楽すけも直してください。";
    PassesMidnight "V208" Notice [Plan Actuals] "日をまたぐ訪問"
        "終了時刻が開始時刻より前なので、翌日の終了として扱いました。利用日は開始した日です。"
        "夜から翌朝の訪問なら、そのままで構いません。違う場合は、予定なら楽すけ、実績ならCare-wingで時刻を直してください。";
    NotInCodeList "V209" Error [Basics Plan] "決められた書き方ではない"
        "書き方が決められている項目ですが、その中にない言葉です。"
        "赤いセルと楽すけを、楽すけの選択肢にある言葉に直してください。このままで正しい言葉なら、「対応の追加」シートに、どの選択肢のことかを書き入れてください。";
    NotACount "V210" Error [Basics Plan] "数として読めない"
        "0、1、2 のような数として読めません。"
        "赤いセルに数字で入力し、楽すけも直してください。";
    TextTooLong "V211" Error [Basics Plan] "文字数が多すぎる"
        "決められた文字数を超えています。"
        "赤いセルと楽すけを、短く書き直してください。";
    ZeroLength "V212" Error [Plan] "開始と終了が同じ時刻"
        "開始時刻と終了時刻が同じです。または24時間以上になります。"
        "赤いセルと楽すけを、正しい時刻に直してください。";
    HalfATime "V213" Error [Plan] "開始と終了の片方だけ"
        "開始時刻と終了時刻の片方しか入っていません。"
        "赤いセルに足りない時刻を入力してください。加算なら両方を空にします。楽すけも同じに直してください。";
    VisitTooLong "V214" Error [Plan] "訪問が12時間より長い"
        "開始から終了までが12時間より長くなります。開始と終了が逆か、時刻の入力違いのおそれがあります。"
        "赤いセルと楽すけを、正しい時刻に直してください。";
    ManyAtOnce "V215" Review [Plan Billing] "同じ日に三回以上ある"
        "一つの行で、同じ日の回数が3回か4回になっています。"
        "正しい回数か確かめてください。違う場合は、楽すけで直してもう一度書き出してください。";
    TooManyAtOnce "V216" Error [Plan] "一日の回数が多すぎる"
        "一つの行で、同じ日の回数が5回以上になっています。1を二度打ったなどの入力違いのおそれがあります。"
        "赤いセルと楽すけを、正しい回数に直してください。";

    // B: basic data, row against row
    PersonDiffers "B301" Error [Basics] "同じ人の行で内容が違う"
        "同じ被保険者番号の行で、氏名や住所などの内容が食い違っています。"
        "楽すけの利用者情報でどちらが正しいか確かめ、赤いセルと楽すけを正しいほうに揃えてください。";
    PeriodReversed "B302" Error [Basics] "認定期間の終わりが始まりより前"
        "認定有効期間の終了日が開始日より前です。"
        "保険証で期間を確かめ、赤いセルと楽すけを直してください。";
    CertificationOverlaps "B303" Error [Basics] "認定期間が重なっている"
        "同じ人の認定有効期間が重なっていて、どちらの認定か決められません。"
        "保険証を確かめ、赤いセルか、重なる行の期間を直してください(多くは、古いほうの終了日です)。楽すけも同じに直してください。";
    OfficeTwice "B304" Error [Basics] "同じ事業所が二行ある"
        "同じ事業所番号の行が二つあり、内容が違います。"
        "正しいほうを残し、もう一方の行を消してください。楽すけの事業所も一つにします。";
    UnknownCareOffice "B305" Error [Basics] "居宅支援事業所が一覧にない"
        "この居宅支援事業所番号は、居宅支援事業所一覧にありません。"
        "番号の誤りなら、赤いセルと楽すけを直してください。新しい事業所なら、楽すけに加えて、居宅支援事業所一覧も受信箱(inbox)に入れてください。";
    NotACareOffice "B306" Error [Basics] "居宅支援事業所の種類ではない"
        "居宅支援事業所のサービス種類は 43(居宅介護支援)か 46(介護予防支援)ですが、それ以外になっています。"
        "サービス種類を確かめ、赤いセルと楽すけを直してください。";
    NotAPerson "B307" Review [Basics Plan] "利用者ではない行"
        "氏名が、実在の利用者ではないことを表す言葉(テスト、予備など)です。送りません。"
        "利用者の行なら、この言葉を言葉の一覧から外すよう、設定した担当者に頼んでください。利用者でなければ、そのままで構いません。";
    InTheList "B308" Notice [Basics] "利用者一覧の内容を使った"
        "同じ利用者が利用者一覧にもあるので、楽すけの内容を使い、補足情報のこの行は使いませんでした。"
        "そのままで問題ありません。";
    TwoLists "B309" Error [Basics] "新旧二つの一覧がある"
        "同じ利用者や事業所が二つのファイルに違う内容で入っていて、どちらが正しいか決められません。"
        "古いほうのファイルを受信箱(inbox)から出すか、--use に使うファイルの名前を付けて、もう一度登録してください。";
    PendingCertification "B310" Review [Basics] "認定待ち(申請中)"
        "認定有効期間の終わりがないので、認定を申請している人として扱いました。この認定は登録していません。予定は送れますが、請求のファイルは認定が決まるまで書き出しません。"
        "認定の結果が出たら、楽すけに要介護度と有効期間を入力して、もう一度書き出してください。申請中でないなら、有効期間を入力してください。";
    OpenCardEnded "B311" Review [Basics] "前の認定を、次の認定の前の日に終わらせた"
        "前の認定の終わりの日が、次の認定の始まりより後になっています。前の認定は、次の認定の前の日までとして登録しました。"
        "そのとおりなら、楽すけの前の認定の終わりの日も直しておいてください。違う場合は、楽すけで直してもう一度書き出してください。";

    // P: the month's plan
    DayOutsideMonth "P401" Error [Plan] "その月にない日に予定がある"
        "その月にない日に、予定の回数が入っています。"
        "赤いセルの回数や日付を直してください。楽すけの予定も同じに直します。";
    TotalDiffers "P402" Notice [Plan] "合計が日ごとの回数と合わない"
        "合計の欄が、日ごとの回数の合計と違います。日ごとの回数を使いました。"
        "日ごとの回数が正しければ、そのままで構いません。違う場合は、楽すけで直してもう一度書き出してください。";
    LineTwice "P403" Error [Plan] "同じ行が二つある"
        "同じ利用者・サービス・時刻の行があり、同じ日に予定が入っています。両方を送ると、予定も請求も二重になります。"
        "二重なら、楽すけで片方を消してもう一度書き出すか、エラー一覧で片方の行を「除外」にしてください。二人で訪問する予定なら、二人のサービスコードを使うか、一つの行の回数を2にしてください。";
    LevelDoesNotFit "P404" Error [Basics Plan] "要介護度とサービスが合わない"
        "利用日の要介護度では使えないサービスです。"
        "サービスコードの誤りなら、赤いセルと楽すけを直してください。要介護度の誤りなら、楽すけの認定を直し、基本情報の登録からやり直してください。";
    NotCertified "P405" Error [Basics Plan] "利用日に有効な認定がない"
        "利用日に有効な認定(保険証)がありません。"
        "楽すけに認定を入力し、基本情報の登録からやり直してください。利用日の誤りなら、赤いセルと楽すけの予定を直してください。";
    OtherOffice "P406" Notice [Plan] "自事業所ではない行"
        "設定した自事業所の番号ではない行です。送りません。"
        "ほかの事業所の行なら、そのままで問題ありません。自事業所の行なら、設定した担当者に事業所番号を確かめてもらってください。";
    OtherMonth "P407" Notice [Plan] "対象年月ではない行"
        "今回の対象年月ではない行です。送りません。"
        "その月も送るなら、その月を対象年月にして、もう一度登録してください。";
    UnknownClient "P408" Error [Basics Plan] "基本情報にない利用者"
        "この被保険者番号の利用者が、利用者一覧にも、登録した基本情報にもありません。"
        "番号の誤りなら、赤いセルと楽すけを直してください。新しい利用者なら、先に基本情報の登録を行ってください。";
    NameDiffers "P409" Notice [Basics Plan Billing] "氏名が基本情報と違う"
        "氏名が基本情報と違います。番号で同じ人として扱いました。"
        "同じ人なら、そのままで構いません。別の人なら、楽すけで番号を直してもう一度書き出してください。";
    Held "P410" Notice [Basics Plan] "ほかの行のために止めた"
        "同じ利用者のほかの行にエラーがあるため、この利用者の一か月分を送りません。"
        "エラーの行を直すと、この行もいっしょに送られます。";
    UnknownService "P411" Review [Plan] "一覧にないサービスコード"
        "サービスコードの一覧にないコードです。時刻があるので、訪問として扱いました。"
        "誤りなら、楽すけのコードを直してください。正しければ、「対応の追加」シートに、どのようなサービスかを書き入れてください(総合事業のコードは rakuwing codes import でまとめて取り込めます)。";
    RateAddOn "P412" Notice [Plan] "割合の加算・減算は送らない"
        "割合で計算する加算・減算です。楽すけが計算するので送りません。"
        "そのままで問題ありません。";
    EmptyLine "P413" Review [Plan] "予定が一日も入っていない"
        "この行には予定の回数が一日も入っていません。送りません。"
        "予定がなければ、そのままで構いません。予定がある場合は、楽すけで入力してもう一度書き出してください。";
    VisitWithoutTime "P414" Error [Plan] "訪問に時刻がない"
        "訪問のサービスコードですが、開始・終了時刻がありません。"
        "赤いセルに時刻を入力し、楽すけにも入力してください。";
    MonthlyOnce "P415" Review [Plan] "月に一度の加算が二回以上ある"
        "月に一度だけの加算が二回以上あります。最初の一回だけを送ります。"
        "最初の一回が正しい日か確かめ、楽すけで余分な回数を消してください。";
    ProRatedPlanned "P416" Review [Plan Billing] "日割コードが含まれる"
        "日割のサービスコードです。訪問の回数と請求の日数は、ほとんどの場合一致しません。"
        "日数は、楽すけの月間ケアプランで調整してください。";
    AddOnLeftOut "P417" Notice [Plan] "加算を登録しない設定"
        "「加算データを登録しない」を選んだので送りません。"
        "送る場合は「加算データも登録する」を選んで、もう一度登録してください。";
    HiddenClient "P418" Review [Basics Plan] "非表示の利用者に予定がある"
        "楽すけで非表示にした利用者に予定があります。"
        "利用を終えた人なら楽すけの予定を消し、続ける人なら楽すけで表示に戻してください。";
    TwoVersions "P419" Error [Plan] "同じ月の予定が二つのファイルにある"
        "同じ利用者の同じ月の予定が、二つのファイル(またはシート)に入っています。両方を合わせると予定が二重になります。"
        "古いほうを受信箱(inbox)から出すか、--use に使うファイルの名前を付けて、もう一度登録してください。";
    Superseded "P420" Notice [Basics Plan] "新しいファイルがある"
        "同じ居宅支援事業所から、同じ月の新しいファイルが届いています。古いほうのこの行は使いません。"
        "そのままで問題ありません。";
    WillNotComeBack "P421" Review [Basics Plan Actuals] "楽すけに戻せない文字"
        "楽すけのファイルには書けない文字があります。予定は送りますが、このままでは楽すけに戻せません(氏名やサービス名称にあると、この利用者の実績を書き出せません)。"
        "実績を取得する前に、rakuwing names で代わりに書く文字を承認してください(利用者ごとに一度だけ)。または、楽すけで普通の漢字かカナに直してください。";
    NearlyKnown "P422" Error [Basics Plan] "番号が一桁だけ違う"
        "この番号の利用者は基本情報にありませんが、同じ氏名で番号が一桁だけ違う利用者がいます。"
        "保険証で番号を確かめ、違うほうを直してください。予定が違うなら赤いセルと楽すけ、基本情報が違うなら楽すけを直して基本情報の登録からやり直します。";
    HeldInBasics "P423" Error [Basics Plan] "基本情報の登録が済んでいない利用者"
        "利用者一覧にはいますが、登録がまだ済んでいません。"
        "その行にエラーがあれば先に直し、基本情報の登録を済ませてから、もう一度登録してください。";
    NobodyRegistered "P424" Error [Basics Plan] "利用者がまだ一人も登録されていない"
        "利用者の基本情報がまだ一人も登録されていないため、この予定を送れません。"
        "利用者一覧を受信箱(inbox)に入れ、先に基本情報の登録を行ってください。";
    NameOfAnotherCode "P425" Review [Plan Billing] "コードと名称が食い違う"
        "サービスコードと名称が、別のサービスを指しています。コードのほうを使いました。"
        "どちらが正しいか確かめ、違うほうを楽すけで直してもう一度書き出してください。";
    LinesOverlap "P426" Review [Plan Billing] "同じ時間に二つの予定がある"
        "同じ利用者の、同じ日の同じ時間に、別の予定の行があります。"
        "二人で訪問する予定なら、そのままで構いません。違う場合は、楽すけで直してもう一度書き出してください。";
    TwoPlanners "P427" Error [Plan] "同じ日の同じサービスを二つの事業所が予定している"
        "二つの居宅支援事業所の予定に、同じ日の同じサービスがあります。両方を使うと二重になるので送りません。"
        "どちらの予定か居宅支援事業所に確かめ、正しいほうのファイルの名前を --use に付けて、もう一度登録してください。";
    PerhapsARate "P428" Review [Plan] "割合かもしれない、一覧にないサービスコード"
        "サービスコードの一覧になく、割合の加算・減算かもしれないコードです(名称が割合のもの、または時刻がない)。割合なら楽すけが計算するので、送りませんでした。"
        "「対応の追加」シートに、どのようなサービスかを書き入れてください(総合事業のコードは rakuwing codes import でまとめて取り込めます)。書き入れたあと、もう一度登録してください。";

    PlanWaitsForCertification "P429" Review [Basics Plan] "認定待ちの利用者の予定"
        "利用日の認定がまだありません(申請中、または更新の前)。予定は送りますが、請求のファイルは認定が決まるまで書き出しません。"
        "認定の結果が出たら楽すけに入力し、基本情報の登録をしてから、実績を取得してください。利用日の誤りなら、楽すけの予定を直してください。";
    OthersService "P430" Notice [Plan] "この連携の対象ではないサービス"
        "訪問介護(11)と総合事業の訪問(A1〜A4)ではないサービス(ほかの種類のサービス、障害福祉、自費など)の行です。送りません。"
        "そのままで問題ありません。訪問介護の行なら、楽すけでサービスコードを直してもう一度書き出してください。";
    ExportsJoined "P431" Error [Plan] "一つのファイルに予定が二度ある"
        "見出しがもう一度あり、その上と下に、同じ利用者の同じ月の予定があります。二つの書き出しをつないだファイルなら、両方を合わせると予定が二重になります。"
        "楽すけから書き出し直すか、いらないほうの行を消したファイルを受信箱(inbox)に入れて、もう一度登録してください。";

    // S: what Care-wing answers
    Rejected "S501" Error [Basics Plan] "Care-wingが受け付けなかった"
        "Care-wingがこの内容を受け付けませんでした。"
        "Care-wingの理由を読み、楽すけで直して、もう一度登録してください。理由の意味が分からないときは、Care-wing(株式会社ロジック)のヘルプデスクに尋ねてください。";
    ChangedThere "S502" Error [Basics Plan] "Care-wing側で変更されている"
        "前回送ったあとに、Care-wing側で変更されています。上書きしないよう、送りませんでした。"
        "どちらを残すかを、プレビューの「判断」か --keep で決めてください。Care-wingの内容が正しければ、楽すけも同じに直してください。";
    PreconditionRejected "S503" Error [Basics Plan] "先に必要な登録が済んでいない"
        "先に登録する内容(居宅支援事業所や利用者など)がCare-wingに登録されていないため、送りませんでした。"
        "先に登録する内容のエラーを直すと、いっしょに送られます。";
    OutcomeUnknown "S504" Error [Basics Plan] "登録できたか分からない"
        "送っている途中で通信が切れ、登録できたかどうかまだ分かりません。"
        "もう一度同じ操作をしてください。登録済みかを先に確かめるので、二重にはなりません。";
    MissingThere "S505" Notice [Basics Plan] "今回のデータにない"
        "前回まで送っていた内容が、今回のデータにありません。Care-wing側はそのまま残ります。"
        "書き出しの漏れなら、楽すけからもう一度書き出してください。不要になった内容なら、Care-wingの画面で確かめてください。";
    NotSent "S506" Error [Basics Plan] "まだ送っていない"
        "通信できなかったか、途中で止めたため、まだ送っていません。"
        "インターネットにつながるか確かめ、もう一度同じ操作をしてください。";
    ChangedOnBothSides "S507" Error [Basics Plan] "楽すけとCare-wingの両方で変更されている"
        "前回送ったあとに、楽すけでもCare-wingでも変更されています。または、送っていない内容がCare-wingにあります。どちらも失わないよう、送りませんでした。"
        "両方の内容を見比べ、どちらを残すかを、プレビューの「判断」か --keep で決めてください。楽すけにも正しい内容を入れてください。";
    RemovedThere "S508" Error [Basics Plan] "Care-wing側で削除されている"
        "前回送った内容が、Care-wingから削除されています。もう一度登録することになるため、送りませんでした。"
        "削除が誤りなら、プレビューの「判断」か --keep で「楽すけ」を選ぶと登録し直します。正しければ「Care-wing」を選んでください。";
    KeptTheirs "S509" Notice [Basics Plan] "Care-wing側の内容を残した"
        "Care-wing側の内容を残すと決めたので、楽すけのこの内容は送りません。どちらかが変わると、もう一度確かめます。"
        "そのままで問題ありません。楽すけの内容も同じにしておくと、この知らせは出なくなります。";
    Overwritten "S510" Notice [Basics Plan] "Care-wing側の変更を置き換えた"
        "楽すけの内容を残すと決めたので、Care-wing側の内容を楽すけの内容に置き換えました。"
        "そのままで問題ありません。";
    RemovalWithheld "S511" Error [Plan] "予定を空にする許可を待っている"
        "前回まで予定を送っていた利用者が、今回のデータのどこにもいません。Care-wingの予定を空にすることになるため、送りませんでした。"
        "予定が本当になくなったなら、--allow-removals に人数を付けて実行してください。書き出しの漏れなら、楽すけからもう一度書き出してください。";
    MonthEmptied "S512" Notice [Plan] "Care-wingの予定を空にした"
        "今回のデータのどこにもいない利用者なので、この月のCare-wingの予定を空にしました。利用者そのものは残ります。"
        "そのままで問題ありません。";
    SentSince "S513" Error [Basics Plan] "訂正のあとに新しい内容を登録している"
        "このエラー一覧を作ったあとに、この内容は新しいファイルから登録されています。古いファイルの内容で置き換えないよう、送りませんでした。"
        "直したいところが残っていれば、楽すけで直して書き出し直してください。";
    PastDaysWithheld "S514" Error [Plan] "過ぎた日の訪問をなくす許可を待っている"
        "前回まで送っていた予定のうち、もう過ぎた日の訪問が、今回のデータにありません。Care-wingの予定からなくなるため、この月を送りませんでした。"
        "訪問が本当になかったなら、--allow-removals に日数を付けて実行してください。ファイルの漏れなら、その日の入ったものを書き出すか、送り元からもらい直してください。";
    PastDaysRemoved "S515" Notice [Plan] "過ぎた日の訪問をなくした"
        "今回のデータにないので、もう過ぎた日の訪問を、Care-wingの予定からなくしました。"
        "そのままで問題ありません。";

    // A: actuals on their way back
    ProRatedActual "A601" Review [Actuals Billing] "実績に日割コードが含まれる"
        "日割コードの実績です。訪問の回数と請求の日数は、ほとんどの場合一致しません。"
        "楽すけの月間ケアプランで、日割の日数を調整してください。居宅支援事業所へのファイル(UPJSK)の日割対象日が空なら、対象の日を居宅支援事業所と確かめてください。";
    CannotComeBack "A602" Error [Basics Actuals] "楽すけのファイルに書けない文字"
        "楽すけのファイルには書けない文字があるため、この利用者の実績を書き出せません。"
        "rakuwing names で代わりに書く文字を承認するか、楽すけの氏名を普通の漢字かカナに直して基本情報を登録し、もう一度実績を取得してください。";
    NotApprovedYet "A603" Review [Actuals Billing] "まだ承認されていない訪問がある"
        "Care-wingで承認されていない訪問があり、今回は取得されません。"
        "Care-wingで承認してから、もう一度実績を取得してください。";
    NotPlanned "A604" Review [Actuals Billing] "予定にない実績"
        "予定の行に当てはまらない実績です。同じ時刻の行があればその行に、なければ別の行になります。"
        "予定になかった訪問なら、そのままで構いません。サービスコードや時刻の誤りなら、Care-wingで直して、もう一度実績を取得してください。";
    OtherOfficeActual "A605" Notice [Actuals] "自事業所ではない実績"
        "この事業所のものではない実績です。取り込みません。"
        "そのままで問題ありません。必要なら、その事業所のフォルダーで取得してください。";
    UnknownClientActual "A606" Error [Basics Actuals] "基本情報にない利用者の実績"
        "登録した基本情報にない利用者の実績です。"
        "楽すけで利用者を登録し、基本情報の登録をしてから、もう一度実績を取得してください。";
    RateActual "A607" Notice [Actuals] "割合の加算・減算は取り込まない"
        "割合で計算する加算・減算です。楽すけが計算するので取り込みません。"
        "そのままで問題ありません。";
    DoubledAddOn "A608" Notice [Actuals Billing] "重複した加算を一つにした"
        "同じ加算が重ねて届いたので、一つだけ取り込みました。"
        "一つで正しければ、そのままで構いません。違う場合は、楽すけで加算の回数を直してください。";
    DeliveredTwice "A609" Notice [Actuals] "同じ実績が二度届いた"
        "同じ記録番号の実績が二度届いたので、一度だけ取り込みました。"
        "そのままで問題ありません。";
    OtherMonthActual "A610" Notice [Actuals] "対象年月ではない実績"
        "今回の対象年月ではない実績です。取り込みません。"
        "その月の実績が必要なら、その月を対象年月にして取得してください。";
    PlannedWithoutActual "A611" Review [Actuals Billing] "予定に対する実績がない"
        "予定がありますが、承認された実績がありません。"
        "訪問がなかったのなら、そのままで構いません。承認や記録がまだなら、Care-wingで済ませてから、もう一度実績を取得してください。";
    AddOnWithoutDay "A612" Error [Actuals] "加算の利用日がない"
        "加算に利用日がなく、どの日に立てるか決められません。"
        "Care-wingで加算の利用日を入力し、もう一度実績を取得してください。";
    Replaced "A613" Notice [Actuals] "書ける文字に置き換えた"
        "楽すけのファイルに書けない文字を、同じ意味の文字か、承認された文字に置き換えて書きました。"
        "そのままで問題ありません。";
    AddOnDropped "A614" Notice [Actuals] "加算を取り込まない設定"
        "「加算データを登録しない」を選んだので取り込みません。"
        "取り込む場合は「加算データも登録する」を選んで、もう一度実績を取得してください。";
    ServiceDiffers "A615" Review [Actuals Billing] "予定と違うサービスの実績"
        "予定の時刻に、予定とは違うサービスコードの実績があります。予定の行ではなく、別の行になります。"
        "どちらのサービスが正しいか確かめ、楽すけかCare-wingを直してください。";
    NobodyTold "A616" Review [Basics Actuals Billing] "居宅支援事業所へのファイルに載せなかった"
        "楽すけのファイルには書き出しましたが、居宅支援事業所へのファイル(UPJSK)には載せませんでした。"
        "楽すけで保険証の期間と居宅支援事業所を確かめ、基本情報を登録してから、もう一度実績を取得してください。自分で計画を作る人なら、そのままで構いません。";
    ToldAndVanished "A617" Review [Actuals Billing] "居宅支援事業所に渡した実績がなくなった"
        "前に書き出した居宅支援事業所へのファイルに載せた利用者の実績が、今回は一件もありません。"
        "承認を取り消していないか、Care-wingで確かめてください。なくなったのが正しければ、--deletions を付けて取得すると、削除のファイル(DLTJSK)も書き出します。";
    FileHeld "A618" Review [Actuals Billing] "居宅支援事業所へのファイルを書き出さなかった"
        "前に書き出したファイルに載せた利用者の実績が、今回は保留になっています。作り直すとその人の実績が消えるため、このファイルは書き出しませんでした。"
        "保留の原因を直して、もう一度実績を取得してください。";
    PlanNeverWent "A619" Review [Plan Actuals Billing] "予定を登録していない利用者"
        "この月の月間ケアプランを、Care-wingに登録できていません。登録していない予定は、実績との対照に入りません。"
        "月間ケアプランの登録を済ませてから、もう一度実績を取得してください。もう送らなくてよい行なら、rakuwing status --done で一覧から外します。";
    TimesFarApart "A622" Review [Actuals Billing] "実績の時刻が予定と大きく違う"
        "予定の時刻と、開始または長さが大きく違う実績です。"
        "記録の誤りなら、Care-wingで直して、もう一度実績を取得してください。正しければ、予定の時刻とサービスがそのままでよいか、楽すけで確かめてください。";
    VisitsOverlap "A623" Review [Actuals Billing] "実績の時刻が重なっている"
        "同じ利用者のほかの実績と、時刻が重なっています。予定では重なっていません。"
        "担当者に確かめ、記録の誤りならCare-wingで直して、もう一度実績を取得してください。二人で訪問したのなら、予定とサービスコードを確かめてください。";
    SurplusRecord "A624" Error [Actuals] "一つの予定に記録が多すぎる"
        "予定の回数より多い記録が、同じ予定の訪問として承認されています。二重の請求にならないよう、この記録は書き出しませんでした。ほかの実績は書き出しています。"
        "二重の記録なら、Care-wingで消して、もう一度実績を取得してください。２人のサービスで二人がそれぞれ記録したのなら、請求は一回です。確かめたら、rakuwing status --done で一覧から外してください。";
    BegunAcrossMidnight "A625" Notice [Actuals Billing] "日をまたいで始まった訪問"
        "予定の日のうちではなく、日をまたいでから(または前の日のうちに)始まった訪問です。記録にある予定のとおり、予定の日の実績にしました。"
        "予定の日の訪問なら、そのままで構いません。違う場合は、Care-wingで直して、もう一度実績を取得してください。";
    UnknownAddOn "A626" Error [Actuals] "一覧にない加算の実績"
        "サービスコードの一覧にないコードの加算です。割合の加算かもしれないので、この加算は書き出しませんでした。ほかの実績は書き出しています。"
        "「対応の追加」シートに、どのようなサービスかを書き入れ、もう一度実績を取得してください。Care-wingの記録の誤りなら、Care-wingで直してください。";
    ClaimWaitsForCertification "A627" Error [Basics Actuals] "認定待ちの利用者の実績"
        "実績の日の認定がまだありません(申請中、または更新の前)。このまま請求すると返戻(12PD: 有効な認定がない)になるので、認定が決まるまで、この利用者の実績は、楽すけと居宅支援事業所のファイルに書き出しません。"
        "認定の結果が出たら楽すけに入力し、基本情報の登録をしてから、もう一度実績を取得してください。番号が変わった人(H番号など)の記録なら、新しい番号で記録し直してください。月遅れの請求になるときは、居宅支援事業所に伝えてください。";
    ActualNotCertified "A628" Error [Basics Actuals] "実績の日に有効な認定がない"
        "実績の日に有効な認定(保険証)がありません。このまま請求すると、返戻(12PD: 有効な認定がない)になります。"
        "楽すけに認定を入力し、基本情報の登録をしてから、もう一度実績を取得してください。番号が変わった人(H番号など)なら、その日の番号で予定と記録を直してください。";
    ActualLevelDoesNotFit "A629" Error [Basics Actuals] "実績の日の要介護度とサービスが合わない"
        "実績の日の要介護度では使えないサービスです。このまま請求すると、返戻(10QF: 要介護度とサービスが合わない)になります。"
        "サービスコードの誤りなら、Care-wingで直してください。要介護度の誤りなら、楽すけの認定を直し、基本情報の登録をしてから、もう一度実績を取得してください。";
    NotOfThisLink "A630" Notice [Actuals] "この連携の対象ではないサービスの実績"
        "訪問介護(11)と総合事業の訪問(A1〜A4)ではないサービスの実績です。取り込みません。"
        "そのままで問題ありません。";
    AddOnWithoutVisit "A631" Review [Actuals Billing] "加算の日に訪問がない"
        "訪問のない日に、回ごと、または日ごとの加算があります。加算は残しています。"
        "加算の日か訪問の記録の誤りなら、Care-wingで直して、もう一度実績を取得してください。";
    SurplusPutAside "A632" Notice [Actuals] "余った記録を除いた"
        "予定の回数より多い記録ですが、確かめて一覧から外してあるので、除きました。"
        "そのままで問題ありません。";
    UnitsUnknown "A633" Review [Actuals] "単位数の分からないサービス"
        "単位数がどの一覧にもないサービスコードなので、居宅支援事業所へのファイル(UPJSK)の単位数は空です。"
        "市町村の単位数表を rakuwing codes import で取り込み、もう一度実績を取得してください。そのまま渡すときは、単位数がないことを居宅支援事業所に伝えてください。";

    // C: looking at a month before it is claimed
    HeldBeforeClaim "C700" Error [Actuals] "請求前点検で止めた"
        "請求の前に止めると決めてある点検にかかったので、この利用者の実績は書き出しませんでした。"
        "「請求前点検」のExcelファイルで理由と直し方を確かめ、そのとおりに直してから、もう一度実績を取得してください。止めなくてよい点検なら、設定した担当者に伝えてください。";
    TimeBandDiffers "C701" Review [Billing] "時間帯とコードが合わない"
        "訪問が始まる時間帯と、サービスコードの時間帯が合いません。"
        "早朝・夜間・深夜のコードでよいかどうかを確かめ、違っていれば楽すけの予定を直してください。正しければ、そのままで構いません。";
    LengthDiffers "C702" Review [Billing] "所要時間とコードが合わない"
        "訪問の長さが、サービスコードの所要時間に入りません。"
        "請求するのは予定の長さです。予定の誤りなら楽すけで直してください。実績が予定と大きく違うのなら、計画を変えるかどうかを居宅支援事業所と確かめてください。";
    WithinTwoHours "C703" Review [Billing] "前の訪問から2時間たっていない"
        "前の訪問が終わってから2時間たたずに始まる訪問です。あわせて一回の訪問として請求するのが決まりです。"
        "あわせた時間のコードにするのか、別々でよい訪問(看取り期など)なのかを、居宅支援事業所と確かめてください。";
    VisitsShareTime "C704" Review [Billing] "同じ利用者の訪問が重なる"
        "同じ利用者の訪問の時間が重なっています。自事業所どうしの場合もあります。"
        "二人で訪問するのなら、二人のコードと計画になっているか確かめてください。どちらかが誤りなら、楽すけの予定を直してください。";
    ClientIsElsewhere "C705" Review [Billing] "短期入所や通所の間の訪問"
        "短期入所や通所を使っている間の訪問か、訪問介護と一緒には使わないサービスのある月です。"
        "その間の訪問介護は請求できません。居宅支援事業所に利用票を確かめ、予定か実績を直してください。";
    FeeAndMore "C706" Review [Billing] "月額とほかのコードがある"
        "同じ月の同じ事業所に、月額のコードと、日割・一回ごと・別の月額のコードがあります。"
        "どちらで請求するのかを居宅支援事業所(地域包括支援センター)と確かめ、楽すけでどちらか一つにしてください。";
    OverTheLimit "C707" Review [Billing] "区分支給限度を超えている"
        "その月の単位数の合計が、区分支給限度基準額を超えています。"
        "超えた分は全額が利用者の負担です。限度額の中の割り振り(サービス利用票別表)を居宅支援事業所に確かめてください。そのまま請求すると、返戻(12P3)になることがあります。";
    ManyHomeHelpVisits "C708" Review [Billing] "生活援助の回数が多い"
        "生活援助の回数が、市町村への届け出が要る回数になっています。"
        "居宅支援事業所に、届け出が済んでいるか確かめてください。済んでいれば、そのままで構いません。";
    NoPublicFunding "C709" Review [Basics Billing] "H番号に公費がない"
        "被保険者番号がHで始まる人(生活保護だけの人)の保険証に、生活保護の公費の番号がありません。"
        "生活保護の公費の番号を楽すけに入力し、基本情報の登録をしてください。";
    PublicNumberFails "C710" Review [Basics Billing] "公費の番号の末尾が合わない"
        "公費負担者番号か公費受給者番号の、最後の一桁が計算と合いません。写し間違いかもしれません。"
        "介護券を見て楽すけの番号を直し、基本情報の登録をしてください。介護券のとおりなら、そのままで構いません。";
    CodeOfAnotherTown "C711" Review [Billing] "ほかの市町村のサービスコード"
        "その保険者の一覧にはなく、ほかの市町村の一覧にあるサービスコードです。"
        "住所地特例の人なら、施設のある市町村のコードで請求します。そうでなければ、楽すけの予定を保険者のコードに直してください。";
    CertificationEnds "C712" Review [Basics Billing] "認定の終わりに次がない"
        "認定の有効期間がもうすぐ終わるか、終わりましたが、次の認定がまだ登録されていません。"
        "更新の申請が済んでいるかを居宅支援事業所に確かめてください。新しい認定が出たら、楽すけに入力して基本情報の登録をしてください。";
    ComesOfAge "C713" Review [Basics Billing] "もうすぐ65歳になる"
        "もうすぐ65歳になる利用者です。65歳になるのは、誕生日の前の日です。"
        "H番号の人は番号が変わり、ほかの人も保険証や負担割合が変わることがあります。新しい保険証を確かめ、楽すけに入力して基本情報の登録をしてください。";
    FirstVisitInDoubt "C714" Review [Billing] "初回加算を確かめる"
        "初回加算の有無と、前の月までの予定とが合いません。"
        "前の月までに自事業所の訪問があったか、サービス提供責任者が訪問か同行をしたかを確かめてください。加算を付けるか外すかは、確かめた人が楽すけで決めてください。";
    BaseCode "C715" Review [Billing] "事業所のコードではない"
        "事業所で使うコード(夜間や特定事業所加算などの付いたコード)ではなく、もとになるコードです。"
        "楽すけの予定と、Care-wingの記録のコードを確かめ、違っていれば直してください。";
    LateForTheClaim "C716" Review [Actuals Billing] "請求の締め切りに残っていること"
        "請求の締め切り(翌月10日)までに済ませることが残っています。"
        "残っていることを済ませて、もう一度実績を取得してください。間に合わない人は月遅れの請求にし、居宅支援事業所に伝えてください。";
    AwaitsCertification "C717" Review [Basics Billing] "認定待ち"
        "認定の結果を待っている利用者です。請求は認定が決まってからです。"
        "結果を居宅支援事業所に確かめてください。出たら楽すけに入力し、基本情報の登録をしてから、もう一度実績を取得してください。";
}

impl Code {
    /// The code with a number.
    pub fn numbered(number: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|of| of.number() == number)
    }

    /// Whether it is what 請求前点検 says of a client's month.
    pub fn is_of_the_audit(self) -> bool {
        self.number().starts_with('C') && self.severity() == Severity::Review
    }

    /// The steps as a cell says them: 基本情報の登録、月間ケアプランの登録.
    pub fn steps_in_words(self) -> String {
        let labels: Vec<&str> = self.steps().iter().map(|step| step.label()).collect();
        labels.join("、")
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique_and_in_order_within_their_stage() {
        let numbers: Vec<_> = Code::ALL.iter().map(|code| code.number()).collect();
        let mut unique = numbers.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), numbers.len());
        for pair in numbers
            .windows(2)
            .filter(|pair| pair[0][..1] == pair[1][..1])
        {
            assert!(pair[0] < pair[1], "{} stands before {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn every_sentence_ends_as_a_sentence() {
        for code in Code::ALL {
            assert!(code.cause().ends_with('。'), "{code}");
            assert!(code.cure().ends_with('。'), "{code}");
            assert!(!code.title().ends_with('。'), "{code}");
        }
    }

    #[test]
    fn a_title_fits_into_a_line_of_a_list() {
        for code in Code::ALL {
            let length = code.title().chars().count();
            assert!((1..=24).contains(&length), "{code}: {length} characters");
        }
    }

    #[test]
    fn every_code_matters_in_some_step_and_names_its_steps_in_order() {
        for code in Code::ALL {
            let steps = code.steps();
            assert!(!steps.is_empty(), "{code}");
            assert!(steps.is_sorted_by(|a, b| a < b), "{code}: {steps:?}");
        }
        for step in ManualStep::ALL {
            let matters = |code: &&Code| code.steps().contains(step);
            assert!(Code::ALL.iter().any(|code| matters(&code)), "{step:?}");
        }
        assert!(ManualStep::ALL.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn steps_are_said_in_the_words_of_the_manual() {
        let words = Code::UnknownClient.steps_in_words();
        assert_eq!(words, "基本情報の登録、月間ケアプランの登録");
        assert_eq!(Code::ProRatedActual.steps_in_words(), "実績の取得、請求");
    }

    /// Names that the clerk sees and commands that the clerk types; nothing else is English.
    const SEEN_OR_TYPED: &[&str] = &[
        "#REF!",
        "--allow-removals",
        "--deletions",
        "--keep",
        "--use",
        ".xlsx",
        "1.23E+09",
        "10QF:",
        "12P3",
        "12PD:",
        "A1",
        "A4",
        "CSV",
        "Care-wing",
        "DLTJSK",
        "Excel",
        "H",
        "NULL",
        "Nov-26",
        "UPJSK",
        "inbox",
        "reports",
        "rakuwing",
        "rakuwing codes import",
        "rakuwing names",
        "rakuwing status --done",
    ];

    #[test]
    fn no_english_but_what_the_clerk_sees_or_types() {
        for (code, text) in sentences() {
            for phrase in english(text) {
                assert!(SEEN_OR_TYPED.contains(&phrase), "{code} says `{phrase}`");
            }
        }
    }

    #[test]
    fn nothing_stays_allowed_that_nobody_says() {
        for allowed in SEEN_OR_TYPED {
            let said = sentences().any(|(_, text)| english(text).any(|phrase| phrase == *allowed));
            assert!(said, "`{allowed}` is in no sentence");
        }
    }

    #[test]
    fn english_is_found_wherever_it_stands() {
        let text = "Shift_JIS(0x1A)を[a-z]+で、 rakuwing names か 43 に。ｎｕｌｌ";
        let found: Vec<&str> = english(text).collect();
        assert_eq!(
            found,
            ["Shift_JIS", "0x1A", "[a-z]+", "rakuwing names", "ｎｕｌｌ"]
        );
    }

    /// Words that only a programmer says.
    const JARGON: &[&str] = &[
        "エスケープ",
        "エンコード",
        "オプション",
        "カラム",
        "キャッシュ",
        "コマンド",
        "サーバー",
        "ディレクトリ",
        "データ型",
        "データ形式",
        "トークン",
        "ハッシュ",
        "バイト",
        "パターン",
        "パラメータ",
        "パース",
        "フィールド",
        "フォーマット",
        "フッター",
        "ヘッダー",
        "マッピング",
        "リクエスト",
        "レコード",
        "レスポンス",
        "ログ",
        "不正な",
        "例外",
        "別名",
        "制御",
        "対応表",
        "引数",
        "引用符",
        "形式が",
        "指数",
        "文字コード",
        "文字列",
        "検査数字",
        "構文",
        "正規表現",
        "無効",
        "設定ファイル",
    ];

    #[test]
    fn no_word_that_only_a_programmer_says() {
        for (code, text) in sentences() {
            for word in JARGON {
                assert!(!text.contains(word), "{code} says {word}");
            }
        }
    }

    #[test]
    fn a_row_that_waits_is_mended_in_the_workbook_only_where_it_is_withheld() {
        let red = |code: &&Code| code.cure().contains("赤いセル");
        for code in Code::ALL.iter().filter(red) {
            assert_eq!(code.severity(), Severity::Error, "{code}");
            assert!("RVBP".contains(&code.number()[..1]), "{code}");
        }
    }

    #[test]
    fn what_no_table_knows_is_answered_on_its_own_sheet() {
        let answered = |code: &&Code| code.cure().contains("「対応の追加」シート");
        let codes: Vec<&str> = Code::ALL
            .iter()
            .filter(answered)
            .map(|code| code.number())
            .collect();
        assert_eq!(
            codes,
            [
                "R104", "R106", "R143", "R144", "V209", "P411", "P428", "A626"
            ]
        );
    }

    fn sentences() -> impl Iterator<Item = (Code, &'static str)> {
        let texts = |code: &Code| [code.title(), code.cause(), code.cure()].map(|of| (*code, of));
        Code::ALL.iter().flat_map(texts)
    }

    /// Runs of ASCII that hold a letter, without what encloses them. Words that stand side by
    /// side are one phrase. Letters of full width count as well: they are English all the same.
    fn english(text: &str) -> impl Iterator<Item = &str> {
        let foreign = |c: char| c.is_ascii() || ('！'..='～').contains(&c) && c.is_alphabetic();
        text.split(move |c: char| !foreign(c) || "()\"".contains(c))
            .map(str::trim)
            .filter(|phrase| phrase.chars().any(char::is_alphabetic))
    }
}
