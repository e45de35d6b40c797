//! The command line, with help that teaches.

use std::io::Write as _;
use std::path::PathBuf;

use clap::error::{ContextKind, ErrorKind};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::jobs::locks::Locks;
use crate::jobs::{Consent, Keep};
use crate::model::{AddOns, Mark};

use super::month::MonthText;
use super::screen::Voice;
use super::wrap;

const TEMPLATE: &str = "\
{about-with-newline}
使い方: {usage}

{all-args}{after-help}";

const AFTER: &str = "
毎月の流れ:
  1. 楽すけから書き出したファイルを受信箱(inbox)に入れる
  2. rakuwing basics                    基本情報の登録
  3. rakuwing plan --month 2026-10      月間ケアプランの登録
  4. rakuwing actuals --month 2026-10   実績の取得(月末、Care-wing で承認した後)
  5. rakuwing lock --month 2026-10      請求を締めたら、その月をロックする
  いつでも rakuwing status              まだ済んでいない人と、次にすること

エラーの直し方: reports の「エラー一覧」の赤いセルを直して保存し、そのファイルを受信箱(inbox)に入れて、同じ操作をもう一度します。直した行だけが送られます。

はじめての方: rakuwing demo で、練習用のデータを使って全体を試せます。

終了コード: 0 すべて通った  2 使い方の誤り  3 保留した行や済んでいない人がある  4 決まりにより止めた  5 APIキー・親機  6 通信  7 読み書きできない  130 Ctrl-C で止めた  1 不具合

Ctrl-C: 送信中の分を終えてから止まります(もう一度押すと、すぐに止まります)。同じ操作をもう一度すると、続きから進みます。";

/// rakuwing の引数.
#[derive(Debug, Parser)]
#[command(
    name = "rakuwing",
    version,
    about = "楽すけと Care-wing の橋渡しをします。",
    help_template = TEMPLATE,
    after_help = AFTER,
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true,
    subcommand_help_heading = "コマンド",
    subcommand_value_name = "コマンド",
    override_usage = "rakuwing [オプション] <コマンド>"
)]
pub struct Arguments {
    /// 事業所フォルダー(指定しなければ、今いるフォルダー)
    #[arg(
        long,
        global = true,
        value_name = "フォルダー",
        default_value = ".",
        hide_default_value = true,
        help_heading = "オプション"
    )]
    pub office: PathBuf,
    /// 結果を JSON で一つだけ出力する
    #[arg(long, global = true, help_heading = "オプション")]
    pub json: bool,
    /// 画面に何も出さない(エラーを除く)
    #[arg(short, long, global = true, help_heading = "オプション")]
    pub quiet: bool,
    /// 詳しい記録を出す(個人の情報は出しません)
    #[arg(short, long, global = true, help_heading = "オプション")]
    pub verbose: bool,
    /// この説明を出す
    #[arg(short, long, global = true, action = clap::ArgAction::Help, help_heading = "オプション")]
    help: Option<bool>,
    /// 版を出す
    #[arg(short = 'V', long, action = clap::ArgAction::Version, help_heading = "オプション")]
    version: Option<bool>,
    /// 何をするか
    #[command(subcommand)]
    pub command: Command,
}

/// コマンド.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// 事業所フォルダーを作る
    #[command(help_template = TEMPLATE, override_usage = "rakuwing init [フォルダー]")]
    Init {
        /// 作る場所(指定しなければ、今いるフォルダー)
        #[arg(value_name = "フォルダー", help_heading = "引数")]
        folder: Option<PathBuf>,
    },
    /// 接続設定: APIキーを登録し、このパソコンを親機にする
    #[command(
        help_template = TEMPLATE,
        override_usage = "rakuwing connect [--new-machine] [--new-ledger]",
        after_help = CONNECT
    )]
    Connect {
        /// パソコンを取り替えたときに、このパソコンを新しい親機としてつなぐ
        #[arg(long, help_heading = "引数")]
        new_machine: bool,
        /// 台帳がなくなったか壊れたときに、新しい台帳から始める
        #[arg(long, help_heading = "引数")]
        new_ledger: bool,
    },
    /// 読んで確かめるだけ。何も送らない
    #[command(
        help_template = TEMPLATE,
        override_usage = "rakuwing check [ファイル…]",
        after_help = "\nほかの rakuwing がこのフォルダーで動いている間も使えます。"
    )]
    Check {
        /// 確かめるファイル(指定しなければ 受信箱(inbox)のすべて)
        #[arg(value_name = "ファイル", help_heading = "引数")]
        files: Vec<PathBuf>,
    },
    /// 一つのセルが何として送られるか、送ったものがどのセルから来たかを見る。何も送らない
    #[command(
        help_template = TEMPLATE,
        override_usage = "rakuwing explain <セル|番号/位置> [--month 2026-10]",
        after_help = EXPLAIN
    )]
    Explain {
        /// `ファイル:シート:セル`、または Care-wing での番号(後ろに JSON の位置を付けられる)
        #[arg(value_name = "セル|番号/位置", help_heading = "引数")]
        place: String,
        /// 同じ番号の月間ケアプランがいくつもの月にあるときの対象年月(指定しなければ、いちばん後の月)
        #[arg(long, value_name = "年月", value_parser = MonthText::parse, help_heading = "引数")]
        month: Option<MonthText>,
    },
    /// 送る内容を JSON Lines で書き出す。通信も記録もしない
    #[command(help_template = TEMPLATE, override_usage = "rakuwing convert <ファイル…> [-o 出力先]")]
    Convert {
        /// 変換するファイル
        #[arg(value_name = "ファイル", required = true, help_heading = "引数")]
        files: Vec<PathBuf>,
        /// 出力先(指定しなければ標準出力)
        #[arg(short, long, value_name = "出力先", help_heading = "引数")]
        output: Option<PathBuf>,
        /// 加算データも含めるか: with / without
        #[arg(
            long,
            value_name = "with|without",
            hide_possible_values = true,
            default_value = "with",
            help_heading = "引数"
        )]
        add_ons: AddOnsChoice,
    },
    /// 基本情報の登録(居宅支援事業所、利用者・保険証)
    #[command(help_template = TEMPLATE, override_usage = "rakuwing basics [--keep ours|theirs] [--use ファイル] [--yes|--prepare|--match]")]
    Basics {
        /// 楽すけとCare-wingの利用者を見比べる一覧を作る(何も送らない。楽すけ以外から登録された基本情報があっても使える)
        #[arg(
            long = "match",
            conflicts_with_all = ["keep", "yes", "prepare", "file"],
            help_heading = "引数"
        )]
        matching: bool,
        /// 食い違い
        #[command(flatten)]
        keep: KeepFlag,
        /// 新旧二つのファイル
        #[command(flatten)]
        choice: UseFlag,
        /// どう進めるか
        #[command(flatten)]
        consent: ConsentFlags,
    },
    /// 月間ケアプランの登録
    #[command(help_template = TEMPLATE, override_usage = "rakuwing plan --month 2026-10 [--add-ons with|without] [--keep ours|theirs] [--use ファイル] [--allow-removals 2] [--yes|--prepare] [--override]")]
    Plan {
        /// 対象年月
        #[command(flatten)]
        month: MonthFlag,
        /// 加算
        #[command(flatten)]
        add_ons: AddOnsFlag,
        /// 食い違い
        #[command(flatten)]
        keep: KeepFlag,
        /// 新旧二つのファイル
        #[command(flatten)]
        choice: UseFlag,
        /// 予定がなくなった利用者
        #[command(flatten)]
        removals: RemovalsFlag,
        /// どう進めるか
        #[command(flatten)]
        consent: ConsentFlags,
        /// ロックした月
        #[command(flatten)]
        locks: OverrideFlag,
    },
    /// 実績の取得(承認された実績だけ)
    #[command(help_template = TEMPLATE, override_usage = "rakuwing actuals --month 2026-10 [--add-ons with|without] [--mark actual|both] [--deletions] [--yes|--prepare] [--override]", after_help = ACTUALS)]
    Actuals {
        /// 対象年月
        #[command(flatten)]
        month: MonthFlag,
        /// 加算
        #[command(flatten)]
        add_ons: AddOnsFlag,
        /// actual 実績のみ1をたてる / both 予定・実績ともに1をたてる
        #[arg(
            long,
            value_name = "actual|both",
            hide_possible_values = true,
            help_heading = "引数"
        )]
        mark: Option<MarkChoice>,
        /// 前に渡した実績がすべてなくなった利用者について、居宅支援事業所への削除のファイル(DLTJSK)も書き出す
        #[arg(long, help_heading = "引数")]
        deletions: bool,
        /// どう進めるか
        #[command(flatten)]
        consent: ConsentFlags,
        /// ロックした月
        #[command(flatten)]
        locks: OverrideFlag,
    },
    /// 請求前点検: 請求の前に人が確かめることを一覧にする。何も送らない
    #[command(
        help_template = TEMPLATE,
        override_usage = "rakuwing audit --month 2026-10",
        after_help = AUDIT
    )]
    Audit {
        /// 対象年月
        #[command(flatten)]
        month: MonthFlag,
    },
    /// --prepare で作った登録データを登録する
    #[command(help_template = TEMPLATE, override_usage = "rakuwing register [番号] [--allow-removals 2] [--override]")]
    Register {
        /// 登録データの番号(指定しなければ、最後に作ったもの)
        #[arg(value_name = "番号", help_heading = "引数")]
        proposal: Option<i64>,
        /// 今回のデータにない予定を、この数までなくしてよい: 空にする利用者の人数と、なくす過ぎた日の日数の合計(指定しなければ、作ったときのとおり)
        #[arg(long, value_name = "数", help_heading = "引数")]
        allow_removals: Option<usize>,
        /// ロックした月
        #[command(flatten)]
        locks: OverrideFlag,
    },
    /// 受信箱(inbox)のすべてを登録する: 基本情報、次に月間ケアプラン
    #[command(help_template = TEMPLATE, override_usage = "rakuwing run --month 2026-10 --yes [--override]")]
    Run {
        /// 対象年月
        #[command(flatten)]
        month: MonthFlag,
        /// 加算
        #[command(flatten)]
        add_ons: AddOnsFlag,
        /// 食い違い
        #[command(flatten)]
        keep: KeepFlag,
        /// 新旧二つのファイル
        #[command(flatten)]
        choice: UseFlag,
        /// 予定がなくなった利用者
        #[command(flatten)]
        removals: RemovalsFlag,
        /// 確かめの質問に、すべて「はい」と答える
        #[arg(long, help_heading = "引数")]
        yes: bool,
        /// ロックした月
        #[command(flatten)]
        locks: OverrideFlag,
    },
    /// 請求を締めた月をロックする(指定しなければ、ロックした月を見る)
    #[command(
        help_template = TEMPLATE,
        override_usage = "rakuwing lock [--month 2026-10]",
        after_help = LOCK
    )]
    Lock {
        /// ロックする年月(2026-10、202610、R8.10、先月 など)
        #[arg(long, value_name = "年月", value_parser = MonthText::parse, help_heading = "引数")]
        month: Option<MonthText>,
    },
    /// 月のロックを外す
    #[command(help_template = TEMPLATE, override_usage = "rakuwing unlock --month 2026-10")]
    Unlock {
        /// ロックを外す年月(2026-10、202610、R8.10、先月 など)
        #[arg(long, value_name = "年月", value_parser = MonthText::parse, help_heading = "引数")]
        month: MonthText,
    },
    /// いまの状態: その月に済んでいない人と、次にすることを見る。何も送らない
    #[command(
        help_template = TEMPLATE,
        override_usage = "rakuwing status [--month 2026-10] [--done 番号]…",
        after_help = STATUS
    )]
    Status {
        /// 見る年月(指定しなければ、いま作業している月)
        #[arg(long, value_name = "年月", value_parser = MonthText::parse, help_heading = "引数")]
        month: Option<MonthText>,
        /// もう送らなくてよい利用者を、まだ済んでいない一覧から外す(何回でも指定できる)
        #[arg(long, value_name = "番号", help_heading = "引数")]
        done: Vec<String>,
    },
    /// サービスコードの一覧に、市町村の単位数表マスタを加える
    #[command(
        help_template = TEMPLATE,
        override_usage = "rakuwing codes import <ファイル…>",
        subcommand_help_heading = "コマンド",
        subcommand_value_name = "コマンド",
        disable_help_subcommand = true
    )]
    Codes {
        /// 一覧をどうするか
        #[command(subcommand)]
        what: CodesCommand,
    },
    /// 楽すけのファイルに書けない文字を見て、代わりに書く文字を承認する
    #[command(
        help_template = TEMPLATE,
        override_usage = "rakuwing names [--approve 131128-0000100001:𠮷=吉]… [--yes]",
        after_help = NAMES
    )]
    Names {
        /// 案のとおりの置き換えを、すべて承認する
        #[arg(long, help_heading = "引数")]
        yes: bool,
        /// この置き換えを承認する(何回でも指定できる)
        #[arg(long, value_name = "番号:文字=置き換え", help_heading = "引数")]
        approve: Vec<String>,
    },
    /// 練習用の Care-wing をこのパソコンの中で動かす
    #[command(help_template = TEMPLATE, override_usage = "rakuwing sandbox [--port 8765] [--seed 1]")]
    Sandbox(SandboxFlags),
    /// 練習用のデータで、全体の流れを一度に試す
    #[command(help_template = TEMPLATE, override_usage = "rakuwing demo [フォルダー]")]
    Demo {
        /// 作る場所
        #[arg(
            value_name = "フォルダー",
            default_value = "rakuwing-demo",
            help_heading = "引数"
        )]
        folder: PathBuf,
    },
}

impl Command {
    /// The word that is typed for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Init { .. } => "init",
            Self::Connect { .. } => "connect",
            Self::Check { .. } => "check",
            Self::Explain { .. } => "explain",
            Self::Convert { .. } => "convert",
            Self::Basics { .. } => "basics",
            Self::Plan { .. } => "plan",
            Self::Actuals { .. } => "actuals",
            Self::Audit { .. } => "audit",
            Self::Register { .. } => "register",
            Self::Run { .. } => "run",
            Self::Lock { .. } => "lock",
            Self::Unlock { .. } => "unlock",
            Self::Status { .. } => "status",
            Self::Codes { .. } => "codes import",
            Self::Names { .. } => "names",
            Self::Sandbox(_) => "sandbox",
            Self::Demo { .. } => "demo",
        }
    }
}

const CONNECT: &str = "
APIキーは画面に出さずに尋ねます。環境変数 RAKUWING_API_KEY または標準入力でも渡せます。

事業所フォルダーは、接続設定をしたパソコンだけで使えます。パソコンを取り替えたときは、フォルダーを丸ごと移し、Care-wing のサポート窓口で前の親機を外してもらってから --new-machine を付けます。前のパソコンのフォルダーは使えなくなります。

台帳(.rakuwing/ledger.sqlite)は、何を送ったかの記録です。なくなったり壊れたりしたときは、何も送らずに止まります。.rakuwing フォルダーの控えがあれば、丸ごと入れ替えてください。控えがないときは --new-ledger を付けます。
  ・前の台帳は消さず、.rakuwing の中に日時の付いた名前で残します。
  ・最後に送った内容を忘れます。楽すけと同じ内容は二重に送らず、違う内容は食い違いとして尋ねます。Care-wing で削除された利用者は、書き出したファイルにあれば、もう一度登録します。
  ・実績の取得では、予定の行との対応が分かりません。先に basics と plan をもう一度実行してください。
  ・ロックした月は、もう一度 lock でロックしてください。「Care-wing を残す」の判断も、もう一度尋ねます。
  ・前に --prepare で作った登録データは使えません。作り直してください。
台帳を使えるときは断ります(終了コード 4)。";

const EXPLAIN: &str = "
セルから:
  rakuwing explain 月間ケアプラン.csv:F12      CSV にはシートがありません(月間ケアプラン.csv::F12 も同じ)
  rakuwing explain 利用者.xlsx:10月:C5         シートが一つなら 利用者.xlsx:C5 でも
  ファイルはパス、受信箱(inbox)の中の名前、archive の中の名前(登録したときの名前でも)の順に探します。
送ったものから:
  rakuwing explain 1370000018                                居宅支援事業所(事業所番号)
  rakuwing explain 131128-0000100001/cards/0/care_level      利用者(保険者番号-被保険者番号)
  rakuwing explain 1370100016-131128-0000100001/visits/3     月間ケアプラン(事業所番号-保険者番号-被保険者番号)
  番号の後ろの / から先が JSON の位置(JSON Pointer)です。付けなければ、すべての値を見ます。

  ・「:セル」で終わるものはセル、ほかは番号です。番号がどこで終わるかは、知っている番号のうち、いちばん長く合うもので決めます。
  ・受信箱(inbox)のファイルを先に見ます。そこになければ、登録した実行が読んだ archive のファイルを読み直します。
  ・何も送らず、何も書き換えず、Care-wing にも問い合わせません。登録したかどうかは、台帳の記録です。
  ・事業所フォルダーがなくても、セルからは使えます。";

const ACTUALS: &str = "
outbox に書き出すもの:
  月間ケアプラン_実績_202610.csv   楽すけに取り込みます。
  UPJSK_202610_….CSV               居宅支援事業所ごとの実績です(ケアプランデータ連携)。名前を変えずに渡します。要らなければ、rakuwing.toml の care_office_files を false にします。
  送付先一覧_202610.xlsx           UPJSK のどれを、どの居宅支援事業所に渡すかの一覧です。
  予実対照_202610.xlsx             予定と実績を並べたものです。確かめる利用者が上に並びます。「承認待ち」は、承認する人に渡す一枚です。何分までを予定どおりとみなすかは、rakuwing.toml の [comparison] で決めます。
  実績_202610_目録.json            書き出したファイルの名前・件数・ダイジェストです。

  ・承認された実績だけを取得します。未承認の訪問は、利用者ごとの件数だけが分かります。
  ・予定は、登録したものを使います。受信箱(inbox)に新しい月間ケアプランがあれば、登録せずにそれを使います。予定がない利用者の実績は、実際の時刻の行になります。
  ・もう一度取得すると、変わったファイルだけを書き直します。前のファイルは archive に残ります。
  ・日割のコードは、訪問のあった日数を知らせるだけです。請求の日数は楽すけで調整してください。";

const AUDIT: &str = "
請求前点検_202610.xlsx を reports に作ります。「実績の取得」の終わりにも作ります。
  ・最後に取得した実績を見ます。実績をまだ取得していなければ、予定を見ます。Care-wing には問い合わせません。
  ・時間帯と所要時間、2時間の間隔、訪問の重なり、短期入所・通所、月額と日割、区分支給限度、生活援助の回数、公費の番号、認定、初回加算、締め切りなどを見ます。何を見て何を知らせないかは「点検項目」のシートにあります。
  ・ほかの事業所の分は、居宅支援事業所の利用票(UPPLAN)が受信箱(inbox)か archive にある利用者だけ見ます。
  ・請求の内容は何も変えません。見つからないことは、誤りがないという意味ではありません。
  ・点検ごとに、見ない・知らせる・止めるを rakuwing.toml の [audit] で決めます。「止める」にした点検で見つかった利用者の実績は、書き出さずに保留します(終了コード 3)。
  ・「確認」に付けた印は、新しい一覧の同じ行に引き継ぎます。内容の変わった行には引き継ぎません。前の一覧は archive にあります。";

const LOCK: &str = "
請求は翌月10日に締め切られ、そのあとの変更には、請求を直す手続きが必要です。
  ・ロックした月の plan・actuals・register・run は断ります(終了コード 4)。何も送らず、何も書き出しません。
  ・見ることはできます: check はそのまま、plan と actuals は --prepare を付けて。作った登録データの register は断ります。
  ・直すときは unlock でロックを外すか、その一回だけ --override を付けます(台帳に残ります)。";

const STATUS: &str = "
その月について、次のことを見ます。Care-wing には問い合わせません。
  ・書き出しの利用者の数、登録済みの数
  ・保留の人、Care-wing側で変わった人、登録待ちの人、未承認の訪問がある人(氏名、原因、場所)
  ・実績を取得したか、請求を締めてロックしたか
  ・次にすること、一つ
済んでいない人がいなければ終了コード 0、いれば 3 です。

一度保留になった人は、登録できるまで一覧に残ります。間違って入っていた行など、もう送らなくてよい人は、--done に 保険者番号-被保険者番号 を指定して外します(番号を読めない行は ファイル名:行)。
";

const IMPORT: &str = "
総合事業(A2・A3・A4)の行を、事業所フォルダーの mappings/codes/service_codes_own.csv に加えます。
  ・保険者・コード・適用開始が同じ行は置き換え、ほかの行には触れません。同じファイルをもう一度取り込んでも何も変わりません。
  ・使えない行があると、その行のコードだけを取り込みません。ほかのコードは取り込み、終了コードは 3 です。ファイルの形が分からないときは、どのファイルからも取り込みません。
  ・名称は書かれたとおりに残します。Ⅰ が T や ㈵ になっている行は、文字化けの疑いとして知らせます。
  ・取り込む前に --prepare で作った登録データは、作り直しが必要です。";

const NAMES: &str = "
楽すけのファイル(Shift_JIS)には、𠮷 や 俱 のように書けない文字があります。Care-wing には送れますが、そのままでは、その利用者の実績を楽すけに戻せません。登録した基本情報と予定から書けない文字を探し、一人ずつ尋ねます。
  ・承認は利用者ごと、文字ごとに一度だけです。ほかの利用者の同じ文字には及びません。
  ・案があるのは、形だけが違う同じ字とされている文字だけです。案のない文字は --approve 保険者番号-被保険者番号:文字=置き換え で承認します。画面で打てない文字は U+20BB7 の形でも書けます。置き換えを空にすると、その文字を書きません。
  ・承認した置き換えは mappings/codes/name_replacements_own.csv に残ります。取り消すには、その行を消します。
  ・〜 と ～ のように、意味が同じで符号だけが違う文字は、承認がなくても置き換えて知らせます。
  ・尋ねる相手がいないとき(--json など)は、一覧を出すだけで、何も承認しません。
  ・承認する前に --prepare で作った登録データは、作り直しが必要です。";

/// サービスコードの一覧.
#[derive(Debug, Subcommand)]
pub enum CodesCommand {
    /// 総合事業の単位数表マスタ(CSV、19列または24列)を取り込む
    #[command(
        help_template = TEMPLATE,
        override_usage = "rakuwing codes import <ファイル…>",
        after_help = IMPORT
    )]
    Import {
        /// 市町村が配る CSV
        #[arg(value_name = "ファイル", required = true, help_heading = "引数")]
        files: Vec<PathBuf>,
    },
}

/// 対象年月.
#[derive(Debug, Args)]
pub struct MonthFlag {
    /// 対象年月(2026-10、202610、R8.10、2026年10月、先月、今月)
    #[arg(long, value_name = "年月", value_parser = MonthText::parse, help_heading = "引数")]
    pub month: Option<MonthText>,
}

/// 加算データも登録する / しない.
#[derive(Debug, Args)]
pub struct AddOnsFlag {
    /// 加算データも登録するか: with / without(指定しなければ設定のとおり)
    #[arg(
        long,
        value_name = "with|without",
        hide_possible_values = true,
        help_heading = "引数"
    )]
    pub add_ons: Option<AddOnsChoice>,
}

/// ロックした月をどうするか.
#[derive(Debug, Args)]
pub struct OverrideFlag {
    /// ロックした月でも、今回だけ続ける
    #[arg(long = "override", help_heading = "引数")]
    over: bool,
}

impl OverrideFlag {
    /// What the flag says.
    pub fn locks(&self) -> Locks {
        if self.over {
            Locks::Overridden
        } else {
            Locks::Respected
        }
    }
}

/// Care-wing側でも変わっているとき、どちらを残すか.
#[derive(Debug, Args)]
pub struct KeepFlag {
    /// Care-wing側でも変わっているとき: ours 楽すけを残して送る / theirs Care-wingを残して送らない(指定しなければ保留)
    #[arg(
        long,
        value_name = "ours|theirs",
        hide_possible_values = true,
        help_heading = "引数"
    )]
    pub keep: Option<KeepChoice>,
}

/// 今回のデータにいない利用者の予定を空にし、ない日の訪問をなくしてよいか.
#[derive(Debug, Args)]
pub struct RemovalsFlag {
    /// 今回のデータにない予定を、この数までなくしてよい: 空にする利用者の人数と、なくす過ぎた日の日数の合計(指定しなければなくさない)
    #[arg(
        long,
        value_name = "数",
        default_value_t = 0,
        hide_default_value = true,
        help_heading = "引数"
    )]
    pub allow_removals: usize,
}

/// 新旧二つのファイルのどちらを使うか.
#[derive(Debug, Args)]
pub struct UseFlag {
    /// 同じことが二つのファイルに入っているとき、使うほうのファイルの名前(指定しなければ保留)
    #[arg(long = "use", value_name = "ファイル", help_heading = "引数")]
    pub file: Option<String>,
}

/// 二段階のどこまで進めるか.
#[derive(Debug, Args)]
pub struct ConsentFlags {
    /// 確かめの質問に「はい」と答える
    #[arg(long, conflicts_with = "prepare", help_heading = "引数")]
    yes: bool,
    /// 登録データを作るところまで(登録しない)
    #[arg(long, help_heading = "引数")]
    prepare: bool,
}

impl ConsentFlags {
    /// What the flags say.
    pub fn consent(&self) -> Consent {
        match (self.yes, self.prepare) {
            (true, _) => Consent::Given,
            (false, true) => Consent::PrepareOnly,
            (false, false) => Consent::Ask,
        }
    }
}

/// 練習用サービス.
#[derive(Debug, Args)]
pub struct SandboxFlags {
    /// 待ち受けるポート
    #[arg(
        long,
        value_name = "番号",
        default_value_t = 8765,
        help_heading = "引数"
    )]
    pub port: u16,
    /// 訪問の様子を決める種(同じ種なら同じ結果)
    #[arg(long, value_name = "数", default_value_t = 1, help_heading = "引数")]
    pub seed: u64,
    /// 受け付けるAPIキー
    #[arg(
        long,
        value_name = "キー",
        default_value = "sandbox-key",
        help_heading = "引数"
    )]
    pub key: String,
    /// 自事業所の番号(何回でも指定できる)
    #[arg(
        long = "own-office",
        value_name = "事業所番号",
        default_value = "1370100016",
        help_heading = "引数"
    )]
    pub offices: Vec<String>,
    /// 内容を残すフォルダー(指定しなければ残さない)
    #[arg(long, value_name = "フォルダー", help_heading = "引数")]
    pub state: Option<PathBuf>,
}

/// The choice of add-ons as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum AddOnsChoice {
    /// 登録する
    With,
    /// 登録しない
    Without,
}

impl From<AddOnsChoice> for AddOns {
    fn from(choice: AddOnsChoice) -> Self {
        match choice {
            AddOnsChoice::With => Self::With,
            AddOnsChoice::Without => Self::Without,
        }
    }
}

/// The choice of marks as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum MarkChoice {
    /// 実績のみ
    Actual,
    /// 予定・実績とも
    Both,
}

impl From<MarkChoice> for Mark {
    fn from(choice: MarkChoice) -> Self {
        match choice {
            MarkChoice::Actual => Self::Actual,
            MarkChoice::Both => Self::Both,
        }
    }
}

/// Whose side stays, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum KeepChoice {
    /// 楽すけ
    Ours,
    /// Care-wing
    Theirs,
}

impl From<KeepChoice> for Keep {
    fn from(choice: KeepChoice) -> Self {
        match choice {
            KeepChoice::Ours => Self::Ours,
            KeepChoice::Theirs => Self::Theirs,
        }
    }
}

impl Arguments {
    /// How much is said, and in which form.
    pub fn voice(&self) -> Voice {
        match (self.json, self.quiet) {
            (true, _) => Voice::Json,
            (false, true) => Voice::Quiet,
            (false, false) => Voice::Words,
        }
    }
}

/// What is wrong with a command line, in Japanese; help and version go to the standard
/// output and are no error.
pub fn explain(error: &clap::Error, columns: usize) -> Option<String> {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        let page = wrap::wrapped_help(&error.render().to_string(), columns);
        let _ = write!(std::io::stdout(), "{page}");
        return None;
    }
    let given = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let message = match error.kind() {
        ErrorKind::UnknownArgument => match given(ContextKind::InvalidArg) {
            flag if flag.starts_with('-') => format!("`{flag}` は使えません"),
            // A word without a flag may be an API key that somebody has typed there.
            _ => "余分な言葉があります".to_owned(),
        },
        ErrorKind::InvalidSubcommand => {
            format!(
                "`{}` というコマンドはありません",
                given(ContextKind::InvalidSubcommand)
            )
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "コマンドを指定してください".to_owned()
        }
        ErrorKind::MissingRequiredArgument => {
            format!("{} を指定してください", given(ContextKind::InvalidArg))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => format!(
            "{} の値 `{}` が正しくありません{}",
            given(ContextKind::InvalidArg),
            given(ContextKind::InvalidValue),
            std::error::Error::source(error)
                .map(|why| format!("。{why}"))
                .unwrap_or_default()
        ),
        ErrorKind::ArgumentConflict => format!(
            "{} と {} は同時に使えません",
            given(ContextKind::InvalidArg),
            given(ContextKind::PriorArg)
        ),
        _ => "引数が正しくありません".to_owned(),
    };
    let suggestion = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg]
        .into_iter()
        .find_map(|kind| error.get(kind))
        .map(|near| format!("\n`{near}` ではありませんか"))
        .unwrap_or_default();
    Some(format!(
        "{message}{suggestion}\n使い方は rakuwing --help で見られます"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_and_argument_is_explained_in_japanese() {
        let is_japanese = |text: &str| text.chars().any(|c| ('ぁ'..='龠').contains(&c));
        let root = Arguments::command();
        let below = root
            .get_subcommands()
            .flat_map(clap::Command::get_subcommands);
        for command in root.get_subcommands().chain(below) {
            let about = command.get_about().unwrap().to_string();
            assert!(is_japanese(&about), "{}", command.get_name());
            for argument in command.get_arguments() {
                let help = argument.get_help().unwrap().to_string();
                assert!(
                    is_japanese(&help),
                    "{} {}",
                    command.get_name(),
                    argument.get_id()
                );
            }
        }
    }
}
