// Makes documents over our schema as a person would who has had too much coffee: aliases, fragments in
// fragments, conditions, variables with and without values, the same field again and again.
//
// What is made is meant to be valid, but nobody promises: graphql-js is asked. It must stay below the
// service's limits, so that none of them hides a difference.

import {
  astFromValue,
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  print,
} from "graphql";

import { isAsked, variantsOf } from "./graph.mjs";
import { schema } from "./schema.mjs";

const DEEPEST = 9;
const MOST_FIELDS = 90;
const MOST_ALIASES = 40;

const INTERFACES = ["Node", "Event"].map((it) => schema.getType(it));

/** Makes one request: a document, and the variables and operation that go with it. */
export function requestOf(random, variants) {
  const maker = new Maker(random, variants);
  const root = maker.set(schema.getQueryType(), 1);
  const named = random.chance(0.5);
  const name = named ? "Asked" : "";
  const head = named || maker.variables.length > 0 ? `query ${name}${maker.definitions()} ` : "";
  const parts = [`${head}${root}`, ...maker.fragments.map((it) => it.text)];
  if (named && random.chance(0.2)) {
    parts.push("query Another { viewer { subject } }");
  }
  const query = random.shuffled(parts).join("\n");
  return { query, variables: maker.values, ...(named ? { operationName: name } : {}) };
}

class Maker {
  constructor(random, variants) {
    Object.assign(this, { random, variants });
    this.fragments = [];
    this.variables = [];
    this.values = {};
    this.fields = 0;
    this.aliases = 0;
    // What each spelling of a field with arguments is called in the answer: the same name always
    // means the same, so most of what meets can be merged.
    this.names = new Map();
  }

  definitions() {
    return this.variables.length > 0 ? `(${this.random.shuffled(this.variables).join(", ")})` : "";
  }

  /** A selection on `type` at this depth, in braces. */
  set(type, depth) {
    const items = [];
    const wanted = 1 + this.random.below(depth < 3 ? 5 : 4);
    while (items.length < wanted) {
      items.push(this.item(type, depth, items));
    }
    return `{ ${items.map((it) => it.text ?? it.again()).join(" ")} }`;
  }

  item(type, depth, before) {
    const { random } = this;
    const full = this.fields > MOST_FIELDS;
    const roll = random.below(100);
    const repeatable = before.filter((it) => it.again);
    if (roll < 8 || full) {
      return { text: "__typename" };
    } else if (roll < 20 || (roll < 45 && isAbstractType(type))) {
      return { text: this.inline(type, depth) };
    } else if (roll < 34 || (roll < 65 && isAbstractType(type))) {
      return { text: this.spread(type, depth) };
    } else if (roll < 45 && repeatable.length > 0) {
      return { text: random.pick(repeatable).again() };
    }
    return this.field(type, depth);
  }

  /** A field; `again` writes it once more with another selection below. */
  field(type, depth) {
    const fields = Object.values(type.getFields()).filter((it) => this.isFitting(type, it, depth));
    if (fields.length === 0) {
      return { text: "__typename" };
    }
    const field = this.random.pick(fields);
    this.fields += 1;
    const below = getNamedType(field.type);
    const spelling = field.args.length > 0 ? this.args(type, field) : "";
    const head = `${this.alias(type, field, spelling)}${field.name}${spelling}`;
    const again = () => {
      const rest = isLeafType(below) ? "" : ` ${this.set(below, depth + 1)}`;
      return `${head}${this.conditions()}${rest}`;
    };
    return { text: again(), again };
  }

  isFitting(type, field, depth) {
    const leaf = isLeafType(getNamedType(field.type));
    return isAsked(type.name, field.name) && (leaf || (depth < DEEPEST && this.fields < MOST_FIELDS));
  }

  alias(type, field, spelling) {
    const { random } = this;
    const roll = random.below(100);
    let name = field.name;
    if (spelling !== "" || field.args.length > 0) {
      const key = `${field.name}${spelling}`;
      const plain = ![...this.names.values()].includes(field.name);
      const fresh = plain && random.chance(0.5) ? field.name : `${field.name}_${this.names.size}`;
      name = this.names.get(key) ?? fresh;
      this.names.set(key, name);
    } else if (roll < 2) {
      // May well be taken.
      name = random.pick(["x", "y", "id", "name"]);
    } else if (roll < 15 && this.aliases < MOST_ALIASES) {
      name = `${type.name}_${field.name}`;
    }
    this.aliases += name === field.name ? 0 : 1;
    return name === field.name ? "" : `${name}: `;
  }

  inline(type, depth) {
    const { random } = this;
    const on = random.chance(0.2) ? type : this.overlapping(type);
    const condition = on === type && random.chance(0.6) ? "" : ` on ${on.name}`;
    return `...${condition}${this.conditions()} ${this.set(on, depth)}`;
  }

  spread(type, depth) {
    const { random } = this;
    const known = this.fragments.filter(
      (it) => it.text && it.depth >= depth && overlap(it.on, type),
    );
    if (known.length > 0 && random.chance(0.6)) {
      return `...${random.pick(known).name}${this.conditions()}`;
    }
    const on = random.chance(0.5) ? type : this.overlapping(type);
    const fragment = { name: `F${this.fragments.length}`, on, depth, text: "" };
    this.fragments.push(fragment);
    fragment.text = `fragment ${fragment.name} on ${on.name} ${this.set(on, depth)}`;
    return `...${fragment.name}${this.conditions()}`;
  }

  /** A type that a value of `type` can have, or have too. */
  overlapping(type) {
    if (isObjectType(type)) {
      return this.random.pick([type, ...type.getInterfaces()]);
    }
    return this.random.pick([type, ...INTERFACES.filter((it) => overlap(it, type)), ...schema.getPossibleTypes(type)]);
  }

  conditions() {
    const { random } = this;
    const texts = random.shuffled(["include", "skip"]).filter(() => random.chance(0.05));
    return texts.map((it) => ` @${it}(if: ${this.condition(it)})`).join("");
  }

  condition(directive) {
    const { random } = this;
    if (random.chance(0.3)) {
      return random.chance(0.8) === (directive === "include") ? "true" : "false";
    }
    const name = `if${random.below(4)}`;
    if (!this.variables.some((it) => it.startsWith(`$${name}:`))) {
      const byDefault = random.chance(0.4);
      this.variables.push(`$${name}: Boolean${byDefault ? ` = ${random.chance(0.5)}` : "!"}`);
      if (!byDefault || random.chance(0.3)) {
        this.values[name] = random.chance(0.5);
      }
    }
    return `$${name}`;
  }

  /** The arguments of a variant in one of many spellings. */
  args(type, field) {
    const variant = this.random.pick(variantsOf(this.variants, type.name, field.name));
    const texts = [];
    for (const argument of field.args) {
      if (argument.name in variant) {
        texts.push(`${argument.name}: ${this.value(argument.type, variant[argument.name])}`);
      } else if (this.random.chance(0.06) && !isNonNullType(argument.type)) {
        texts.push(`${argument.name}: ${this.absent(argument.type)}`);
      }
    }
    return texts.length > 0 ? `(${this.random.shuffled(texts).join(", ")})` : "";
  }

  /** A variable without a value, which is as good as nothing. */
  absent(type) {
    return this.variable(`${type}`);
  }

  value(type, value) {
    const { random } = this;
    if (random.chance(0.2)) {
      return this.passed(type, value);
    }
    const inner = isNonNullType(type) ? type.ofType : type;
    if (value === null) {
      return "null";
    } else if (isListType(inner)) {
      const items = value.map((it) => this.value(inner.ofType, it));
      return items.length === 1 && random.chance(0.5) && items[0][0] !== "$" ? items[0] : `[${items.join(", ")}]`;
    } else if (isInputObjectType(inner)) {
      return this.object(inner, value);
    }
    return print(astFromValue(value, inner));
  }

  object(type, value) {
    const { random } = this;
    const fields = Object.values(type.getFields());
    const texts = fields.filter((it) => it.name in value).map((it) => `${it.name}: ${this.value(it.type, value[it.name])}`);
    const others = fields.filter((it) => !(it.name in value) && !isNonNullType(it.type));
    if (others.length > 0 && random.chance(0.06)) {
      const other = random.pick(others);
      texts.push(`${other.name}: ${this.absent(other.type)}`);
    }
    return `{ ${random.shuffled(texts).join(", ")} }`;
  }

  /** The value as a variable's: given, or its default, or given in spite of a default. */
  passed(type, value) {
    const { random } = this;
    const roll = random.below(3);
    const nullable = isNonNullType(type) ? type.ofType : type;
    if (roll === 0 && value !== null) {
      return this.variable(`${nullable} = ${print(astFromValue(value, nullable))}`);
    }
    const hasDefault = roll === 1 && !isNonNullType(type);
    const name = this.variable(hasDefault ? `${type} = null` : `${type}`);
    this.values[name.slice(1)] = value;
    return name;
  }

  variable(definition) {
    const name = `$v${this.variables.length}`;
    this.variables.push(`${name}: ${definition}`);
    return name;
  }
}

function overlap(one, other) {
  const possible = (type) => (isAbstractType(type) ? schema.getPossibleTypes(type) : [type]);
  return possible(one).some((it) => possible(other).includes(it));
}
