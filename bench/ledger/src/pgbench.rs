//! The way by hand: a PL/pgSQL function that keeps a quota on one row, under `pgbench`.

use std::process::Command;

use anyhow::{Context, bail};

use crate::postgres::Server;

/// What the ledger does for a reservation, but for proofs and terms of the law: the request's key
/// is looked up, the row locked, the limit checked, the movement written down.
const SETUP: &str = "
CREATE TABLE quota (id int PRIMARY KEY, used numeric NOT NULL, held numeric NOT NULL,
    most numeric NOT NULL);
INSERT INTO quota VALUES (1, 0, 0, 1e30);
CREATE TABLE movement (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request text UNIQUE NOT NULL, quota int NOT NULL,
    amount numeric NOT NULL, expires timestamptz NOT NULL, at timestamptz NOT NULL);
CREATE FUNCTION reserve(of int, name text, wanted numeric) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE found bigint; room numeric;
BEGIN
    SELECT id INTO found FROM movement WHERE request = name;
    IF FOUND THEN RETURN found; END IF;
    SELECT most - used - held INTO room FROM quota WHERE id = of FOR UPDATE;
    IF room < wanted THEN RAISE EXCEPTION 'no room'; END IF;
    UPDATE quota SET held = held + wanted WHERE id = of;
    INSERT INTO movement (request, quota, amount, expires, at)
        VALUES (name, of, wanted, now() + interval '30 days', now()) RETURNING id INTO found;
    RETURN found;
END $$;
";

const SCRIPT: &str =
    "\\set n random(1, 9000000000000000)\nSELECT reserve(1, :client_id || '-' || :n, 15832);\n";

/// Reservations a second on one row.
///
/// # Errors
/// `pgbench` is not there or fails.
pub fn hot_row(server: &Server, url: &str, clients: u32) -> anyhow::Result<f64> {
    server.query(url, SETUP).map_err(anyhow::Error::msg)?;
    let script = tempfile::NamedTempFile::new()?;
    std::fs::write(script.path(), SCRIPT)?;
    let program = server.program("pgbench").map_err(anyhow::Error::msg)?;
    let output = Command::new(program)
        .args(["--no-vacuum", "--time", "8", "--jobs", "2", "--protocol", "prepared"])
        .args(["--client", &clients.to_string()])
        .arg("--file")
        .arg(script.path())
        .arg(url)
        .output()
        .context("pgbench does not start")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let rate = text
        .lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split_whitespace().next()?.parse().ok());
    match rate {
        Some(rate) => Ok(rate),
        None => bail!("pgbench failed: {}", String::from_utf8_lossy(&output.stderr)),
    }
}
