"""What schemathesis has to be told about our schema: how our scalars are written, and which answers
fit the schema. Loaded by `probe-schema` alone."""

from pathlib import Path

import schemathesis
from graphql import build_schema, execute, parse
from graphql.pyutils import is_awaitable
from hypothesis import strategies as st
from hypothesis_graphql import nodes

SCHEMA = build_schema((Path(__file__).parent.parent / "schema.graphql").read_text(encoding="utf-8"))

# As far as the demo's own addresses go: nothing here may make it ask the internet.
URLS = ["http://127.0.0.1:8443/hook", "https://127.0.0.1/", "ftp://127.0.0.1/", "", "http://[::1]:8443/"]

TEXTS = {
    "BigInt": st.integers(-(2**70), 2**70).map(str),
    "DateTime": st.datetimes().map(lambda it: it.isoformat() + "Z") | st.just("yesterday"),
    "Decimal": st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str),
    "JSON": st.text(max_size=20),
    "URL": st.sampled_from(URLS),
}
for name, texts in TEXTS.items():
    schemathesis.graphql.scalar(name, texts.map(nodes.String))


@schemathesis.check
def answer_fits_the_schema(ctx, response, case):
    """What was answered is what the reference implementation completes from the same values."""
    answer = response.json()
    data = answer.get("data")
    if data is None:
        assert answer.get("errors"), "neither data nor errors"
        return
    # With the answer as the root value, each field is looked up under its key in the answer. What is
    # no value of its type, null where that may not be, or missing, is an error of the execution.
    result = execute(
        SCHEMA,
        parse(case.body),
        root_value=data,
        field_resolver=lambda parent, info, **_: parent[info.path.key],
        type_resolver=lambda value, *_: value.get("__typename"),
    )
    assert not is_awaitable(result)
    failed = {tuple(it["path"]) for it in answer.get("errors", []) if "path" in it}
    problems = [it for it in result.errors or [] if tuple(it.path or ()) not in failed]
    # An interface tells its type only to who asks for it.
    problems = [it for it in problems if "Abstract type" not in it.message]
    assert not problems, problems
