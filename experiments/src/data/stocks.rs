//! Daily closing prices of shares.
//!
//! What comes with the binary: AAPL, IBM and MSFT from 2000-03-01 on, GOOG from 2004-08-19 on and
//! FB from 2012-05-18 on, all to 2013-03-01, on days of trading only. The file has prices as they
//! were paid; shares were split three times ([`SPLITS`]), which looks as if the price had halved.
//! (That of AAPL did halve once, on 2000-09-29.)

use std::path::Path;

use anyhow::{Result, bail, ensure};
use jiff::civil::Date;

use super::csv::Table;
use super::source::{Source, shipped};

/// Splits of the shares that come with the binary: from that day on two shares stand for one.
pub const SPLITS: [(&str, Date); 3] = [
    ("AAPL", Date::constant(2000, 6, 21)),
    ("AAPL", Date::constant(2005, 2, 28)),
    ("MSFT", Date::constant(2003, 2, 18)),
];

/// The prices of a share.
#[derive(Clone, Debug, PartialEq)]
pub struct Stock {
    /// What it is called at the exchange.
    pub ticker: String,
    /// Days of trading, ascending.
    pub dates: Vec<Date>,
    /// The price at the end of each day, above 0, in dollars.
    pub closes: Vec<f64>,
}

/// The prices in the file at `path`, CSV with columns `ticker`, `date` and `close`, as they are; or
/// those that come with the binary (`experiments/data/README.md`), before [`SPLITS`] halved so that
/// all are prices of the last shares. In the order in which tickers first appear.
///
/// # Errors
/// A file that cannot be read, or is not of the format; dates of a ticker that do not ascend: names
/// line, what came and what is expected.
pub fn load(path: Option<&Path>) -> Result<Vec<Stock>> {
    let mut stocks = parse(&Source::open(path, shipped!("stocks.csv.gz"))?)?;
    if path.is_none() {
        stocks.iter_mut().for_each(adjust);
    }
    Ok(stocks)
}

fn parse(source: &Source) -> Result<Vec<Stock>> {
    let table = Table::read(source)?;
    let (tickers, dates) = (table.column("ticker")?, table.column("date")?);
    let closes = table.column("close")?.numbers()?;
    let mut stocks: Vec<Stock> = Vec::new();
    let rows = tickers.texts().zip(dates.texts()).zip(closes);
    for (row, ((ticker, date), close)) in rows.enumerate() {
        let Ok(day) = date.parse::<Date>() else {
            let place = table.place(row);
            bail!("{place}: column date: {date:?}; expected a date such as 2013-03-01");
        };
        ensure!(
            close > 0.0,
            "{}: column close: {close}; expected a price above 0",
            table.place(row)
        );
        let known = stocks.iter().position(|stock| stock.ticker == ticker);
        let index = known.unwrap_or_else(|| {
            stocks.push(Stock {
                ticker: ticker.into(),
                dates: Vec::new(),
                closes: Vec::new(),
            });
            stocks.len() - 1
        });
        let stock = &mut stocks[index];
        if let Some(last) = stock.dates.last().filter(|last| **last >= day) {
            let place = table.place(row);
            bail!("{place}: column date: {day} after {last}; expected days of {ticker} ascending");
        }
        stock.dates.push(day);
        stock.closes.push(close);
    }
    Ok(stocks)
}

fn adjust(stock: &mut Stock) {
    for (ticker, from) in SPLITS {
        if stock.ticker == ticker {
            let before = stock.dates.partition_point(|day| *day < from);
            stock.closes[..before]
                .iter_mut()
                .for_each(|close| *close /= 2.0);
        }
    }
}
