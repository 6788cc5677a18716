"""Compiled plans: what an operation selects, turned once into functions over the schema's own resolvers and types.

A plan answers exactly as graphql-core's executor does, the order of errors included: `tests/execution/plans` holds the
two against each other.

    query ($id: ID!) { organization(id: $id) { key name members { nodes { name role } } } }

    plan            Plan.run: Variables ── {id: …} ── Run: errors so far, strands, context
    Query           together ── row `organization`
    field             call      the method behind Strawberry's wrappers, with a FieldInfo: it gives a coroutine
                      slot      may be null, so that the coroutine becomes a Promise
    Organization      together ── row `key`      a method without arguments is called
                                  row `name`     a value where it is at hand, else a Promise
                                  row `members`  a Promise: what comes of it is completed and put in its place
    MemberConnection              straight       generated: reads `nodes` and writes all members whole
    Member                                       in the same function: {"name": …, "role": …}

What is there is written at once. What must be awaited becomes a promise, which is carried on with all others
(`promises`, `partial`, `delivery`, `strands`); or a coroutine that its object waits for, where it may fail the object
(`waiting`). Fields that ask for the same are carried out once (`twins`).

Where to look:

- `plan` runs an operation, `variables` coerces its variables, `compiling` makes the functions out of its selections.
- `selecting` carries the fields of an object out, `completing` lists and abstract types, `slots` has the last word on a
  value, `leaves` writes scalars and enums, `straight` objects of which only attributes are selected.
- `resolving`, `shortcuts`, `values`, `inputs` and `infos` are how a field's value is had: function, arguments, info.
- `running` is the state of one execution; `promises`, `partial`, `delivery`, `waiting`, `strands`, `branches` and
  `twins` as above.

Whatever is unusual takes the long way, field by field; what plans do not cover at all is run by graphql-core.
"""
