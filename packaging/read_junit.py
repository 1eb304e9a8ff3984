"""Reads the JUnit report with a library that others use, and compares it with the JSON report."""

import json
import sys

from junitparser import Error, Failure, JUnitXml

suites = list(JUnitXml.fromfile(sys.argv[1]))
with open(sys.argv[2], encoding="utf-8") as file:
    report = json.load(file)

failures = [
    result.type
    for suite in suites
    for case in suite
    for result in case.result
    if isinstance(result, (Failure, Error))
]
errors = [finding["rule"] for finding in report["findings"] if finding["severity"] == "error"]
assert sorted(failures) == sorted(errors), (failures, errors)
assert sum(suite.tests for suite in suites) == max(1, len(report["findings"]))
assert all(case.name and case.classname for suite in suites for case in suite)
