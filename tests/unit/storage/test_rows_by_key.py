"""`rollcall.storage.rows_by_key`: any number of keys, with parameters around them."""

from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert, literal, select

from rollcall.storage.rows_by_key import AT_ONCE, RowsByKey

TABLE = Table("thing", MetaData(), Column("id", Integer, primary_key=True), Column("n", Integer))


def test_gives_the_rows_that_there_are() -> None:
    engine = create_engine("sqlite://")
    many = 3 * AT_ONCE - 1
    with engine.connect() as connection:
        TABLE.create(connection)
        connection.execute(insert(TABLE), [{"id": at, "n": at * 2} for at in range(1, many + 1)])
        query = select(TABLE.c.id, TABLE.c.n + literal(5)).where(TABLE.c.n > 2).limit(10**6)
        reading = RowsByKey(query, TABLE.c.id)
        assert reading.rows(connection, []) == []
        assert reading.rows(connection, [2, 1, 10**9]) == [(2, 9)]
        found = reading.rows(connection, range(many, 0, -1))
        assert sorted(found) == [(at, at * 2 + 5) for at in range(2, many + 1)]
    engine.dispose()
