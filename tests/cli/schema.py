"""As much of JSON Schema as docs/schema uses; an unknown keyword is an error, so nothing is passed over in silence."""
import json
import re

KNOWN = {"$schema", "$defs", "$ref", "title", "description", "type", "properties", "required", "additionalProperties",
         "items", "minItems", "maxItems", "const", "enum", "minimum", "maximum", "pattern", "oneOf"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool}


def has_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


def problems(value, schema, root=None, at="$"):
    root = root or schema
    unknown = set(schema) - KNOWN
    assert not unknown, f"the validator does not know {unknown}"
    if "$ref" in schema:
        return problems(value, root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root, at)
    found = []
    if "const" in schema and value != schema["const"]:
        found.append(f"{at}: {value!r} is not {schema['const']!r}")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: {value!r} is none of {schema['enum']}")
    if "type" in schema and not has_type(value, schema["type"]):
        return found + [f"{at}: {value!r} is no {schema['type']}"]
    if "minimum" in schema and value < schema["minimum"] or "maximum" in schema and value > schema["maximum"]:
        found.append(f"{at}: {value!r} is out of range")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{at}: {value!r} does not match {schema['pattern']}")
    if "oneOf" in schema:
        tries = [problems(value, one, root, at) for one in schema["oneOf"]]
        if sum(not one for one in tries) != 1:
            found.append(f"{at}: fits {sum(not one for one in tries)} of the alternatives; nearest: {min(tries, key=len)}")
    if isinstance(value, dict):
        known = schema.get("properties", {})
        found += [f"{at}: '{name}' is missing" for name in schema.get("required", []) if name not in value]
        if schema.get("additionalProperties", True) is False:
            found += [f"{at}: '{name}' is unknown" for name in value if name not in known]
        for name, part in known.items():
            if name in value:
                found += problems(value[name], part, root, f"{at}.{name}")
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0) or len(value) > schema.get("maxItems", len(value)):
            found.append(f"{at}: {len(value)} items")
        for number, element in enumerate(value):
            found += problems(element, schema.get("items", {}), root, f"{at}[{number}]")
    return found


def check(value, path):
    """Raises if the value is not what the schema file says."""
    found = problems(value, json.loads(path.read_text()))
    assert not found, "\n".join(found) + f"\nin {json.dumps(value)[:2000]}"
