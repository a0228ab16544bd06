//! Writes `crates/money/prices/prices.tsv` from two public price lists, read as packages by name: the `genai-prices` crate
//! and the `litellm` wheel (both MIT). Nothing else may write that file.

mod genai;
mod litellm;
mod merge;
mod sanity;
mod sources;

use std::{fs, path::Path};

use anyhow::{Context, Result, bail};
use waypost_money::{
    price::Price,
    table::text::{self, Row},
};
use waypost_types::PicoUsd;

use self::sources::Package;

/// Where the table lives.
const TABLE: &str = "crates/money/prices/prices.tsv";
/// Where the licences of the lists are shipped.
const NOTICE: &str = "NOTICE";

/// A model as one of the lists has it.
#[derive(Clone, Debug)]
struct Listed {
    provider: String,
    model: String,
    also: Vec<String>,
    price: Price,
    letter: &'static str,
}

pub(crate) fn run(root: &Path) -> Result<()> {
    let today = jiff::Timestamp::now().strftime("%Y-%m-%d").to_string();
    let genai = sources::genai_prices()?;
    let litellm = sources::litellm()?;
    let curated = genai::read(&genai.data, &today).context("genai-prices")?;
    let broad = litellm::read(&litellm.data).context("litellm")?;
    println!(
        "genai-prices {}: {} models; litellm {}: {} models",
        genai.version,
        curated.len(),
        litellm.version,
        broad.len()
    );

    let merged = merge::merge(curated, broad);
    for note in &merged.notes {
        println!("{note}");
    }
    let table = write_table(&merged.rows, &[&genai, &litellm], &today);
    let path = root.join(TABLE);
    let before = fs::read_to_string(&path).unwrap_or_default();
    let problems = sanity::problems(&table, &before);
    if !problems.is_empty() {
        bail!("the new table is refused, the old one stays:\n{}", problems.join("\n"));
    }
    fs::write(&path, &table)?;
    fs::write(root.join(NOTICE), notice(&[&genai, &litellm]))?;
    println!("{TABLE}: {} models, {} bytes", merged.rows.len(), table.len());
    Ok(())
}

fn write_table(rows: &[Listed], packages: &[&Package], today: &str) -> String {
    let mut table = String::from(
        "# Prices in US dollars per million tokens. Written by `make prices`: do not edit, set a price in the dashboard instead.\n",
    );
    for package in packages {
        let Package { letter, name, version, home, .. } = package;
        table.push_str(&format!("# source {letter} {name} {version} {today} MIT {home}\n"));
    }
    table.push_str(
        "# provider\tmodel\tinput\toutput\tcache read\tcache write\tper request\ttiers\tcontext\tlongest answer\tsource\talso\n",
    );
    for listed in rows {
        let row = Row {
            provider: &listed.provider,
            model: &listed.model,
            also: listed.also.iter().map(String::as_str).collect(),
            price: listed.price.clone(),
        };
        table.push_str(&text::to_line(&row, listed.letter));
        table.push('\n');
    }
    table
}

fn notice(packages: &[&Package]) -> String {
    let mut notice = String::from(
        "Waypost\n\nThis product includes data from the following works. The built-in price table\n\
         (crates/money/prices/prices.tsv, embedded in the binary) is derived from them.\n",
    );
    for Package { name, home, licence, .. } in packages {
        notice.push_str(&format!("\n{}\n{name} ({home})\n\n{}\n", "-".repeat(72), licence.trim()));
    }
    notice
}

/// Dollars per million tokens, as written, to a price per token: exact to six places, then rounded half to even.
fn per_million(text: &str) -> Result<PicoUsd> {
    let PicoUsd(million) = PicoUsd::parse_decimal(text).with_context(|| format!("price {text:?}"))?;
    let (quotient, rest) = (million / 1_000_000, million % 1_000_000);
    let up = rest > 500_000 || (rest == 500_000 && quotient % 2 == 1);
    Ok(PicoUsd(quotient + i64::from(up)))
}

/// Dollars per token, as written.
fn per_token(text: &str) -> Result<PicoUsd> {
    PicoUsd::parse_decimal(text).with_context(|| format!("price {text:?}"))
}

/// A name that fits into the table.
fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['*', '\t', '\n', ' ', ';'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_exactly() {
        assert_eq!(per_million("0.15").unwrap(), PicoUsd(150_000));
        assert_eq!(per_million("0.003625").unwrap(), PicoUsd(3_625));
        assert_eq!(per_million("0.0000005").unwrap(), PicoUsd(0));
        assert_eq!(per_million("0.0000015").unwrap(), PicoUsd(2));
        assert_eq!(per_token("1.5e-07").unwrap(), PicoUsd(150_000));
        // A float that lost its last digit on the way is what its author meant.
        assert_eq!(per_token("5.000000000000001e-07").unwrap(), PicoUsd(500_000));
        assert!(per_token("\"0.1\"").is_err());
    }
}
