//! The program as somebody at a terminal meets it.

use std::{
    fs,
    process::{Command, Output},
};

use tempfile::TempDir;

/// The program in an empty folder, with nothing set.
struct Terminal(TempDir);

impl Terminal {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_leasegraph"))
            .args(arguments)
            .current_dir(&self.0)
            .env_clear()
            .envs(variables.iter().copied())
            .output()
            .unwrap()
    }

    /// Runs what must fail; returns the exit code and the one line that it says.
    fn refusal(&self, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
        let output = self.run(arguments, variables);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said.lines().count(), 1, "{said}");
        (output.status.code().unwrap(), said.trim_end().to_owned())
    }
}

const SECRET: (&str, &str) = (
    "LEASEGRAPH_JWT_HS256_SECRET",
    "a secret for tests that is long enough",
);
const KEYS: (&str, &str) = (
    "LEASEGRAPH_ENCRYPTION_KEYS",
    "k1:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
);

#[test]
fn env_example_lists_every_setting() {
    let expected = leasegraph::config::env_example();
    if std::env::var_os("BLESS").is_some() {
        fs::write(".env.example", &expected).unwrap();
    }
    assert_eq!(fs::read_to_string(".env.example").unwrap(), expected);
}

#[test]
fn schema_prints_the_committed_schema() {
    let output = Terminal::new().run(&["schema"], &[]);
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed, fs::read_to_string("schema.graphql").unwrap());
}

#[test]
fn a_wrong_setting_is_named_in_one_line_with_what_would_be_right() {
    let terminal = Terminal::new();
    for (variables, line) in [
        (
            vec![],
            "leasegraph: LEASEGRAPH_ENCRYPTION_KEYS: is not set; make one with: echo \
             \"k1:$(openssl rand -base64 32)\"",
        ),
        (
            vec![KEYS],
            "leasegraph: LEASEGRAPH_JWT_HS256_SECRET: is not set; make one with: openssl rand \
             -base64 48, or set LEASEGRAPH_JWKS",
        ),
        (
            vec![KEYS, ("LEASEGRAPH_JWKS", "keys.json")],
            "leasegraph: LEASEGRAPH_JWKS: expected an https URL or file:/path, like \
             https://id.example.com/.well-known/jwks.json",
        ),
        (
            vec![KEYS, ("LEASEGRAPH_JWKS", "http://id.example.com/jwks")],
            "leasegraph: LEASEGRAPH_JWKS: the URL must start with https://",
        ),
        (
            vec![KEYS, SECRET, ("LEASEGRAPH_METRICS_LISTEN", "9090")],
            "leasegraph: LEASEGRAPH_METRICS_LISTEN: `9090` is no address; one looks like \
             127.0.0.1:9090",
        ),
        (
            vec![KEYS, ("LEASEGRAPH_JWT_HS256_SECRET", "short")],
            "leasegraph: LEASEGRAPH_JWT_HS256_SECRET: is too short to be safe; at least 32 \
             characters are",
        ),
        (
            vec![KEYS, SECRET, ("LEASEGRAPH_LISTEN", "here")],
            "leasegraph: LEASEGRAPH_LISTEN: invalid value 'here' for '--listen <LISTEN>': invalid \
             socket address syntax",
        ),
        (
            vec![
                KEYS,
                SECRET,
                ("LEASEGRAPH_EGRESS_ALLOW_CIDRS", "10.0.0.0/99"),
            ],
            "leasegraph: LEASEGRAPH_EGRESS_ALLOW_CIDRS: invalid value '10.0.0.0/99' for \
             '--egress-allow-cidrs <EGRESS_ALLOW_CIDRS>': expected a range like 10.0.0.0/8 or \
             ::1/128",
        ),
        (
            vec![KEYS, SECRET, ("LEASEGRAPH_CORS_ORIGINS", "example.com")],
            "leasegraph: LEASEGRAPH_CORS_ORIGINS: `example.com` is no origin; one looks like \
             https://app.example.com",
        ),
    ] {
        let variables: Vec<_> = variables;
        assert_eq!(
            terminal.refusal(&["serve"], &variables),
            (2, line.to_owned())
        );
    }
}

#[test]
fn a_wrong_quota_is_refused_with_what_would_be_right() {
    let form = "expected name=requests/seconds or name=requests/seconds/reserve, like \
                jobrad=60/60/10";
    for (quotas, wrong, right) in [
        ("jobrad=60/60/10,jobrad", "jobrad", form),
        (
            "jobrd=60/60",
            "jobrd=60/60",
            "no provider is called `jobrd`; there are jobrad, leasing_automation, leasecloud, \
             autoleap",
        ),
        (
            "jobrad=60/60/60",
            "jobrad=60/60/60",
            "expected a reserve that is smaller than the number of requests",
        ),
    ] {
        let variables = [KEYS, SECRET, ("LEASEGRAPH_REQUEST_QUOTAS", quotas)];
        let line = format!(
            "leasegraph: LEASEGRAPH_REQUEST_QUOTAS: invalid value '{wrong}' for '--request-quotas \
             <REQUEST_QUOTAS>': {right}"
        );
        assert_eq!(Terminal::new().refusal(&["serve"], &variables), (2, line));
    }
    let twice = ("LEASEGRAPH_REQUEST_QUOTAS", "jobrad=60/60,jobrad=30/60");
    let (code, line) = Terminal::new().refusal(&["serve"], &[KEYS, SECRET, twice]);
    assert_eq!(code, 2);
    assert_eq!(
        line,
        "leasegraph: LEASEGRAPH_REQUEST_QUOTAS: `jobrad` is there twice; once is right"
    );
}

#[test]
fn a_secret_is_never_shown() {
    let terminal = Terminal::new();
    let keys = ("LEASEGRAPH_ENCRYPTION_KEYS", "k1:HUSHHUSHHUSH");
    let url = ("DATABASE_URL", "mysql://user:HUSH@host/db");
    for variables in [vec![keys, SECRET], vec![KEYS, SECRET, url]] {
        let (_, line) = terminal.refusal(&["serve", "--listen", "127.0.0.1:0"], &variables);
        assert!(!line.contains("HUSH"), "{line}");
    }
}

#[test]
fn a_taken_port_is_one_clear_line() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, line) = Terminal::new().refusal(&["demo", "--listen", &address], &[]);
    assert_eq!(code, 1);
    assert!(
        line.contains(&address) && line.contains("cannot be listened on"),
        "{line}"
    );
}

#[test]
fn a_folder_that_cannot_be_used_is_one_clear_line() {
    let terminal = Terminal::new();
    fs::write(terminal.0.path().join("file"), "in the way").unwrap();
    let arguments = ["demo", "--listen", "127.0.0.1:0", "--data-dir", "file"];
    let (code, line) = terminal.refusal(&arguments, &[]);
    assert_eq!(code, 1);
    assert!(
        line.contains("--data-dir: the folder file cannot be made"),
        "{line}"
    );
}

#[test]
fn migrate_brings_the_schema_up_and_tells_where_it_stands() {
    let terminal = Terminal::new();
    let status = |direction: &str| {
        let output = terminal.run(&["migrate", direction], &[]);
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        (
            text.matches("applied").count(),
            text.matches("pending").count(),
        )
    };
    let (applied, pending) = status("status");
    assert_eq!(applied, 0);
    assert_eq!(status("up"), (pending, 0));
    assert_eq!(status("down"), (pending - 1, 1));
}

#[test]
fn doctor_says_in_a_line_each_what_is_sound_and_what_is_not() {
    let terminal = Terminal::new();
    let output = terminal.run(&["doctor"], &[SECRET]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("WRONG  encryption keys: LEASEGRAPH_ENCRYPTION_KEYS"),
        "{text}"
    );
    assert!(text.contains("ok     token key: can be used"), "{text}");
    assert!(text.contains("ok     database: answers"), "{text}");
}

#[test]
fn doctor_reads_the_issuer_s_keys() {
    let terminal = Terminal::new();
    let secret = r#"{"kty":"oct","kid":"s","k":"AAAA"}"#;
    let point = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
    let key = format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"one","x":"{point}"}}"#);
    let jwks = [("LEASEGRAPH_JWKS", "file:keys.json")];
    for (keys, line) in [
        (
            format!(r#"{{"keys":[{key},{secret}]}}"#),
            "ok     token key set: file:keys.json has 1 that can be used; ignored: \"s\" is a \
             secret, which has no place in a key set",
        ),
        (
            format!(r#"{{"keys":[{secret}]}}"#),
            "WRONG  token key set: file:keys.json has no key that can be used; ignored: \"s\" is \
             a secret, which has no place in a key set",
        ),
        (
            "[]".to_owned(),
            "WRONG  token key set: file:keys.json: it is no key set: expected a JSON object with \
             the list `keys`",
        ),
    ] {
        fs::write(terminal.0.path().join("keys.json"), keys).unwrap();
        let output = terminal.run(&["doctor"], &jwks);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.lines().any(|it| it == line), "{text}");
    }
    fs::remove_file(terminal.0.path().join("keys.json")).unwrap();
    let output = terminal.run(&["doctor"], &jwks);
    let text = String::from_utf8(output.stdout).unwrap();
    let line = "WRONG  token key set: file:keys.json: the file cannot be read";
    assert!(text.contains(line), "{text}");
}

#[test]
fn a_dot_env_file_is_read() {
    let terminal = Terminal::new();
    let file = format!("{}={}\n", SECRET.0, SECRET.1.replace(' ', "-"));
    fs::write(terminal.0.path().join(".env"), file).unwrap();
    let output = terminal.run(&["token", "--tenant", "acme"], &[]);
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8(output.stdout)
            .unwrap()
            .matches('.')
            .count(),
        2
    );
}

#[test]
fn a_token_needs_a_tenant_that_can_be_one() {
    let arguments = ["token", "--tenant", "no such/tenant"];
    let (code, line) = Terminal::new().refusal(&arguments, &[SECRET]);
    assert_eq!(code, 2);
    assert!(line.contains("1 to 64 letters, digits"), "{line}");
}
