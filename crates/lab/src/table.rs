//! CSV tables of numbers and days; what is wrong in one is named with file, row and column.

use jiff::civil::Date;

/// The column that says in which unit a row's figures are.
const UNIT: &str = "unit";

/// A table in memory.
#[derive(Clone, Debug)]
pub struct Table {
    file: String,
    header: Vec<String>,
    rows: Vec<Row>,
}

/// A row.
#[derive(Clone, Debug)]
struct Row {
    /// The line of the file on which it begins.
    line: u64,
    cells: Vec<String>,
}

/// What is wrong in a table.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It is no CSV.
    #[error("`{file}` cannot be read as CSV: {why}")]
    Csv {
        /// The file.
        file: String,
        /// What the reader says.
        why: String,
    },
    /// There is nothing below the heading.
    #[error("`{file}` has no rows below its heading\n\nhint: the first row names the columns")]
    Empty {
        /// The file.
        file: String,
    },
    /// A column is there twice.
    #[error("`{file}` has two columns `{column}`\n\nhint: give one of them another name")]
    Twice {
        /// The file.
        file: String,
        /// The column.
        column: String,
    },
    /// A column is not there.
    #[error("`{file}` has no column `{column}`\n\nhint: its columns are {known}")]
    NoColumn {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// Those that are there.
        known: String,
    },
    /// A row has too few or too many values.
    #[error(
        "`{file}`, row {row}: it has {found} values where the heading has {wanted}\n\nhint: put a value that holds a comma in double quotes"
    )]
    Width {
        /// The file.
        file: String,
        /// The row.
        row: u64,
        /// How many it has.
        found: usize,
        /// How many it should have.
        wanted: usize,
    },
    /// A cell is no number.
    #[error(
        "`{file}`, row {row}, column `{column}`: `{value}` is no number\n\nhint: write digits with a decimal point, such as 1234.5, without units or separators"
    )]
    NoNumber {
        /// The file.
        file: String,
        /// The row.
        row: u64,
        /// The column.
        column: String,
        /// What stands there.
        value: String,
    },
    /// A cell is no day.
    #[error(
        "`{file}`, row {row}, column `{column}`: `{value}` is no day\n\nhint: write days as 2025-01-13"
    )]
    NoDay {
        /// The file.
        file: String,
        /// The row.
        row: u64,
        /// The column.
        column: String,
        /// What stands there.
        value: String,
    },
    /// A figure in another unit than it is reckoned in.
    #[error(
        "`{file}`, row {row}, column `{column}`: `{of}` is in `{found}` here, and weir reckons it in `{wanted}`\n\nhint: convert the numbers and write that unit"
    )]
    OtherUnit {
        /// The file.
        file: String,
        /// The row.
        row: u64,
        /// The column.
        column: String,
        /// The figure: what it is called.
        of: String,
        /// The unit that stands there.
        found: String,
        /// The unit that should.
        wanted: String,
    },
    /// A value that cannot be used.
    #[error("`{file}`, row {row}, column `{column}`: {why}")]
    Unusable {
        /// The file.
        file: String,
        /// The row.
        row: u64,
        /// The column.
        column: String,
        /// Why not, with the way out.
        why: String,
    },
}

impl Table {
    /// Reads a table with a heading.
    ///
    /// # Errors
    /// See [`TableError`].
    pub fn read(file: &str, text: &str) -> Result<Table, TableError> {
        let text = text.trim_start_matches('\u{feff}');
        let csv = |why: csv::Error| TableError::Csv { file: file.to_owned(), why: why.to_string() };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let header: Vec<String> =
            reader.headers().map_err(csv)?.iter().map(|name| name.trim().to_owned()).collect();
        for (at, column) in header.iter().enumerate() {
            if header[..at].contains(column) {
                return Err(TableError::Twice { file: file.to_owned(), column: column.clone() });
            }
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(csv)?;
            let line = record.position().map_or(0, csv::Position::line);
            if record.len() != header.len() {
                let (found, wanted) = (record.len(), header.len());
                return Err(TableError::Width { file: file.to_owned(), row: line, found, wanted });
            }
            rows.push(Row { line, cells: record.iter().map(|it| it.trim().to_owned()).collect() });
        }
        if rows.is_empty() {
            return Err(TableError::Empty { file: file.to_owned() });
        }
        Ok(Table { file: file.to_owned(), header, rows })
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has no rows, which a table that was read never is.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The names of the columns.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.header.iter().map(String::as_str)
    }

    /// The place of a column.
    ///
    /// # Errors
    /// It is not there.
    pub fn column(&self, name: &str) -> Result<usize, TableError> {
        self.header.iter().position(|column| column == name).ok_or_else(|| TableError::NoColumn {
            file: self.file.clone(),
            column: name.to_owned(),
            known: self.header.join(", "),
        })
    }

    /// A cell.
    pub fn text(&self, row: usize, column: usize) -> &str {
        &self.rows[row].cells[column]
    }

    /// A cell that holds a number; `None` where it is empty.
    ///
    /// # Errors
    /// Something else stands there, or a number that is not finite.
    pub fn maybe_number(&self, row: usize, column: usize) -> Result<Option<f64>, TableError> {
        let value = self.text(row, column);
        if value.is_empty() {
            return Ok(None);
        }
        let number = value.parse().ok().filter(|number: &f64| number.is_finite());
        number.map(Some).ok_or_else(|| TableError::NoNumber {
            file: self.file.clone(),
            row: self.rows[row].line,
            column: self.header[column].clone(),
            value: value.to_owned(),
        })
    }

    /// A cell that holds a number.
    ///
    /// # Errors
    /// Something else stands there, nothing, or a number that is not finite.
    pub fn number(&self, row: usize, column: usize) -> Result<f64, TableError> {
        self.maybe_number(row, column)?.ok_or_else(|| TableError::NoNumber {
            file: self.file.clone(),
            row: self.rows[row].line,
            column: self.header[column].clone(),
            value: String::new(),
        })
    }

    /// A cell that holds a day.
    ///
    /// # Errors
    /// Something else stands there.
    pub fn day(&self, row: usize, column: usize) -> Result<Date, TableError> {
        let value = self.text(row, column);
        value.parse().map_err(|_| TableError::NoDay {
            file: self.file.clone(),
            row: self.rows[row].line,
            column: self.header[column].clone(),
            value: value.to_owned(),
        })
    }

    /// A cell of a column by its name.
    ///
    /// # Errors
    /// There is no such column.
    pub fn text_in(&self, row: usize, column: &str) -> Result<&str, TableError> {
        Ok(self.text(row, self.column(column)?))
    }

    /// A number of a column by its name.
    ///
    /// # Errors
    /// There is no such column, or no number.
    pub fn number_in(&self, row: usize, column: &str) -> Result<f64, TableError> {
        self.number(row, self.column(column)?)
    }

    /// Holds the column `unit` of a row to the unit that its figure `of` is reckoned in.
    ///
    /// # Errors
    /// There is no such column, or another unit stands there.
    pub fn in_unit(&self, row: usize, of: &str, wanted: &str) -> Result<(), TableError> {
        match self.text_in(row, UNIT)? == wanted {
            true => Ok(()),
            false => Err(self.other_unit(row, of, wanted)),
        }
    }

    /// Why the unit of a row cannot be used.
    pub fn other_unit(&self, row: usize, of: &str, wanted: &str) -> TableError {
        match self.column(UNIT) {
            Ok(column) => TableError::OtherUnit {
                file: self.file.clone(),
                row: self.rows[row].line,
                column: UNIT.to_owned(),
                of: of.to_owned(),
                found: self.text(row, column).to_owned(),
                wanted: wanted.to_owned(),
            },
            Err(missing) => missing,
        }
    }

    /// Why a cell of a column by its name cannot be used.
    pub fn refuse(&self, row: usize, column: &str, why: impl Into<String>) -> TableError {
        match self.column(column) {
            Ok(column) => self.unusable(row, column, why),
            Err(missing) => missing,
        }
    }

    /// Why a cell cannot be used.
    pub fn unusable(&self, row: usize, column: usize, why: impl Into<String>) -> TableError {
        TableError::Unusable {
            file: self.file.clone(),
            row: self.rows[row].line,
            column: self.header[column].clone(),
            why: why.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let said = |text: &str| {
            let table = match Table::read("p.csv", text) {
                Ok(table) => table,
                Err(why) => return why.to_string(),
            };
            let wrong = table.column("x").and_then(|x| table.number(1, x).map(|_| ()));
            let day = || table.column("date").and_then(|date| table.day(1, date).map(|_| ()));
            wrong.and_then(|()| day()).map_or_else(|why| why.to_string(), |()| String::new())
        };
        assert_eq!(said("date,x\n2025-01-01,1\n2025-01-02,2\n"), "");
        assert!(said("date,x\n2025-01-01,1\n2025-01-02,n/a\n").contains("row 3, column `x`"));
        assert!(said("date,x\n2025-01-01,1\n2025-01-02,\n").contains("row 3, column `x`"));
        assert!(said("date,x\n2025-01-01,1\n2025-01-02,inf\n").contains("no number"));
        assert!(said("date,x\n2025-01-01,1\n13/1/2025,2\n").contains("row 3, column `date`"));
        assert!(said("date,x\n2025-01-01\n").contains("row 2: it has 1 values"));
        assert!(said("date,y\n2025-01-01,1\n").contains("its columns are date, y"));
        assert!(said("x,x\n1,1\n").contains("two columns `x`"));
        assert!(said("date,x\n").contains("no rows"));
    }

    #[test]
    fn another_unit_is_named_with_its_place() {
        let said = |text: &str| {
            let table = Table::read("p.csv", text).expect("a table");
            table.in_unit(1, "area", "cm2").map_or_else(|why| why.to_string(), |()| String::new())
        };
        assert_eq!(said("x,unit\n1,mm2\n2,cm2\n"), "");
        let wrong = said("x,unit\n1,cm2\n2,mm2\n");
        assert!(wrong.starts_with("`p.csv`, row 3, column `unit`: `area` is in `mm2` here"));
        assert!(wrong.contains("reckons it in `cm2`"), "{wrong}");
        assert!(said("x\n1\n2\n").contains("no column `unit`"));
    }
}
