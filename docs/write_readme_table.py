"""Write the OSC address table of smfosc.addresses between the marks in README.md."""

from pathlib import Path

from smfosc.addresses import as_markdown

README = Path(__file__).parent.parent / "README.md"
BEGIN = "<!-- addresses: written by `make readme`, do not edit -->\n"
END = "<!-- end of addresses -->\n"


def with_table(text: str, table: str) -> str:
    """Return text with everything between BEGIN and END replaced by table."""
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{table.strip()}\n\n{END}{after}"


def main() -> None:
    """Rewrite README.md in place."""
    README.write_text(with_table(README.read_text(), as_markdown()))


if __name__ == "__main__":
    main()
