"""DynamoDB in memory: the four calls and the expressions that the ledger uses, and an outage when asked for.

A test holds it against moto, call by call. It stands in for moto where 10,000 alarms would take minutes.
"""

from __future__ import annotations

import operator
import re
from typing import TYPE_CHECKING, Any

from notify_slack.aws import AwsError

if TYPE_CHECKING:
    from collections.abc import Mapping

Item = dict[str, dict[str, str]]

_TOKEN = re.compile(r"\(|\)|<=|>=|<|>|=|[#:]?\w+")
_COMPARE = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class Table:
    """One table with the hash key `pk`."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.calls = 0
        self.writes = 0
        self.down = False

    def call(self, operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Raises AwsError as DynamoDB would."""
        self.calls += 1
        if self.down:
            raise AwsError("dynamodb", operation, "ConnectTimeout", passing=True)
        answer: dict[str, Any] = getattr(self, f"_{operation}")(body)
        return answer

    def _BatchGetItem(self, body: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802  DynamoDB's own name
        ((table, wanted),) = body["RequestItems"].items()
        keys = [key["pk"]["S"] for key in wanted["Keys"]]
        assert 1 <= len(keys) <= 100, "BatchGetItem takes 1 to 100 keys"
        assert len(set(keys)) == len(keys), "BatchGetItem takes each key once"
        found = [dict(self.items[key]) for key in keys if key in self.items]
        return {"Responses": {table: found}, "UnprocessedKeys": {}}

    def _UpdateItem(self, body: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        if not self._holds(body):
            raise AwsError("dynamodb", "UpdateItem", "ConditionalCheckFailedException")
        before = self._update(body)
        if body.get("ReturnValues") == "UPDATED_OLD":
            names = set(body["ExpressionAttributeNames"].values())
            return {"Attributes": {name: value for name, value in before.items() if name in names}}
        return {}

    def _TransactWriteItems(self, body: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802
        updates = [item["Update"] for item in body["TransactItems"]]
        keys = [update["Key"]["pk"]["S"] for update in updates]
        assert 1 <= len(updates) <= 100, "TransactWriteItems takes 1 to 100 items"
        assert len(set(keys)) == len(keys), "TransactWriteItems takes each item once"
        if not all(self._holds(update) for update in updates):
            raise AwsError("dynamodb", "TransactWriteItems", "TransactionCanceledException")
        for update in updates:
            self._update(update)
        return {}

    def _update(self, body: Mapping[str, Any]) -> Item:
        self.writes += 1
        key = body["Key"]["pk"]["S"]
        before = dict(self.items.get(key, {}))
        item = self.items.setdefault(key, {"pk": {"S": key}})
        names, values = body["ExpressionAttributeNames"], body["ExpressionAttributeValues"]
        setting, _, adding = body["UpdateExpression"].removeprefix("SET ").partition(" ADD ")
        for part in setting.split(", "):
            target, _, source = part.partition(" = ")
            left, plus, right = source.partition(" + ")
            if plus:
                total = int(item[names[left]]["N"]) + int(values[right]["N"])
                item[names[target]] = {"N": str(total)}
            else:
                item[names[target]] = values[source]
        for part in adding.split(", ") if adding else ():
            target, _, source = part.partition(" ")
            name = names[target]
            item[name] = {"N": str(int(item.get(name, {"N": "0"})["N"]) + int(values[source]["N"]))}
        return before

    def _holds(self, body: Mapping[str, Any]) -> bool:
        if "ConditionExpression" not in body:
            return True
        item = self.items.get(body["Key"]["pk"]["S"], {})
        names, values = body["ExpressionAttributeNames"], body["ExpressionAttributeValues"]
        return _Condition(_TOKEN.findall(body["ConditionExpression"]), item, names, values).either()


class _Condition:
    """Recursive descent over `a AND (b OR c)`, `attribute_not_exists(x)`, `x < y`, `x BETWEEN y AND z`."""

    def __init__(
        self, tokens: list[str], item: Item, names: Mapping[str, str], values: Mapping[str, Any]
    ) -> None:
        self._tokens = tokens
        self._item = item
        self._names = names
        self._values = values

    def either(self) -> bool:
        result = self._both()
        while self._tokens and self._tokens[0] == "OR":
            self._tokens.pop(0)
            result = self._both() or result
        return result

    def _both(self) -> bool:
        result = self._one()
        while self._tokens and self._tokens[0] == "AND":
            self._tokens.pop(0)
            result = self._one() and result
        return result

    def _one(self) -> bool:
        token = self._tokens.pop(0)
        if token == "(":
            result = self.either()
            self._tokens.pop(0)
            return result
        if token == "attribute_not_exists":
            _, name, _ = (self._tokens.pop(0) for _ in range(3))
            return self._names[name] not in self._item
        left, sign, right = self._value(token), self._tokens.pop(0), self._value(self._tokens.pop(0))
        if sign == "BETWEEN":
            self._tokens.pop(0)
            last = self._value(self._tokens.pop(0))
            return None not in (left, right, last) and right <= left <= last
        return left is not None and right is not None and bool(_COMPARE[sign](left, right))

    def _value(self, token: str) -> Any:
        typed = self._values[token] if token.startswith(":") else self._item.get(self._names[token])
        if typed is None:
            return None
        return int(typed["N"]) if "N" in typed else typed["S"]
