"""The code of one use of a block: TypedGraph -> the statements of a constructor and of `forward`.

Widths and settings are printed as what they stand for (`in_channels`, the block's parameters), so uses of a block give
code of the same form (`lift.py` makes one of it).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial

from ...ir import Branch, Call, Conditional, Layer, Merge, Node, Repeat, Series, Step, Value
from .code import Bracket, Choice, Doc, Hole, Infix, Val, call
from .layout import WIDTH
from .names import AUX, LOGITS, attribute, readable, unique
from .parts import Assign, Body, Classes, Line, Use
from .reads import is_settled, originals, values_from_outside
from .statements import Statements, expression, flat_length
from .units import Units

# Roughly how much of a line an indent, `return` and the shape take.
_MARGIN = 36


def print_body(use: Use, units: Units, classes: Classes) -> Body:
    """Print the constructor and `forward` of one use."""
    return _BodyPrinter(use, units, classes).print()


class _BodyPrinter(Statements):
    def print(self) -> Body:
        use, body = self.use, self.body
        for value in use.inputs:
            lone = len(use.inputs) == 1 and value.producer == "input"
            plain = lone or (not use.is_block and value is use.inputs[0])
            name = unique("x" if plain else self._local(self._input(value)), self.locals)
            self.variables.setdefault(value, name)
            body.inputs += (name,)
        shared = len(use.inputs) > 1 or not self.lasting.isdisjoint(use.inputs)
        self._steps(self.steps, unique("y", self.locals) if shared else body.inputs[0])
        results = [self.variables[value] for value in use.outputs]
        body.returns = len(results)
        if self.typed.graph.keyed and use.is_block:
            body.keyed = True
            names = self.typed.graph.output_names
            items = [f'"{name}": {result}' for name, result in zip(names, results, strict=True)]
            body.forward.append(Line("return ", Bracket("", tuple(items), "{", "}")))
            return body
        last = body.forward[-1] if body.forward else None
        fresh = last is not None and last.before == f"{results[0]} = " and len(results) == 1 and not last.depth
        if use.heads:
            if last is not None and fresh and self.lasting.isdisjoint(use.outputs):
                results = [unique(LOGITS, self.locals)]
                body.forward[-1] = replace(last, before=f"{results[0]} = ")
            self._heads(results)
        if last is not None and fresh and not use.heads:
            body.forward[-1] = Line("return ", last.doc)
        else:
            body.forward.append(Line("return ", ", ".join(results)))
        return body

    def _heads(self, results: Sequence[str]) -> None:
        """The auxiliary heads, and what the network returns with them in training."""
        modules, outputs = [], []
        for head in self.use.heads:
            name = self._free(head.name)
            self.attributes.add(name)
            self.body.init.append(Assign(name, Choice(self.modules.head(head, name), AUX, "None")))
            self.body.heads += (name,)
            modules.append(f"self.{name} is not None")
            read = head.inputs if head.steps else head.outputs  # without steps, it passes one of them on
            outputs.append(call(f"self.{name}", *self._arguments(read)))
        self.body.forward.append(Line("if ", Infix("and", ("self.training", *modules)), after=":"))
        returned = call(self.classes.outputs_name, *results, *outputs)
        self.body.forward.append(Line("return ", returned, depth=1))

    def _input(self, value: Value) -> str:
        """What an input is called where it comes from."""
        head = self.use.head
        if head is not None and len(head.sources) == len(head.inputs):
            return head.sources[head.inputs.index(value)]
        return value.producer

    # --- steps

    def _steps(self, steps: Sequence[Step], chain: str) -> None:
        """Steps in series; `chain` is the variable that passes from one to the next."""
        for step in steps:
            with self._only_if(step.name):
                self._step(self._chosen(step), chain)

    def _step(self, step: Step, chain: str) -> None:
        if isinstance(step, Repeat) and (self._is_opened(step) or self._is_uneven(step)):
            self._turn_by_turn(step, chain)
        elif isinstance(step, Call) or self.modules.is_module(step):
            self._module(step, chain)
        elif isinstance(step, Layer):
            for node in step.nodes:
                self._node(node, node.outputs[0].producer, chain)
        elif isinstance(step, Merge):
            self._merge(step, chain)
        elif isinstance(step, Series):
            self._steps(step.steps, chain)
        elif isinstance(step, Repeat):
            self._repeat(step, chain)
        else:
            self._conditional(step, chain)

    def _module(self, step: Step, chain: str) -> None:
        """A step that is one module."""
        name = self._free(step.name)
        if isinstance(step, Call):
            self._define(name, lambda: self.modules.call(step, name))
        else:
            self._define(name, lambda: self.modules.module(step, name))
        made = call(f"self.{name}", *self._arguments(step.inputs))
        self._assign(step.outputs, made, chain, self._targets(step, step.name))

    def _targets(self, step: Step, name: str) -> tuple[str, ...]:
        """What the outputs of a step may be called: several as the block calls them, those of its inside after both."""
        if len(step.outputs) > 1 and not isinstance(step, Call):
            return ()
        if not isinstance(step, Call) or step.graph.whole is None:
            return step.graph.output_names if isinstance(step, Call) and len(step.outputs) > 1 else (name,)
        whole = step.graph.whole.output_names
        own = () if step.outputs[0].place else whole
        inside = (f"{name}_{output}" for output in step.graph.output_names[len(own) :])
        return (*((name,) if len(own) == 1 else own), *inside)

    def _node(self, node: Node, name: str, chain: str, *, inplace: bool = False) -> None:
        """A node by itself: a module under a name, or an expression."""
        torch_call = node.op.torch_call(self.typed.of(node.inputs))
        inputs = self._arguments(node.inputs)
        if not torch_call.is_module:
            self._assign(node.outputs, expression(torch_call, inputs), chain, several=torch_call.several)
            return
        own = self._free(name)
        layer = Layer(own, node.path, node.inputs, node.outputs, (node,))
        self._define(own, lambda: self.modules.layer(layer, own, inplace=inplace and node.op.inplace))
        self._assign(node.outputs, call(f"self.{own}", *inputs), chain)

    # --- merges

    def _merge(self, step: Merge, chain: str) -> None:
        if step.split is not None:
            names = [branch.name for branch in step.branches]
            torch_call = step.split.op.torch_call(self.typed.of(step.split.inputs))
            given = self._arguments(step.split.inputs)
            with self._only_if(step.split.outputs[0].producer) if self.silent else nullcontext():
                self._assign(step.split.outputs, expression(torch_call, given), chain, names, several=True)
        read: dict[Value, Doc] = {}
        for branch in step.branches:
            with self._only_if(branch.steps[0].name) if branch.steps else nullcontext():
                for value, doc in self._branch(branch, step).items():
                    asked = value in self.use.outputs and not isinstance(doc, str)
                    read[value] = self._named(value, branch.name, doc) if asked else doc
        first, *after = step.nodes
        torch_call = first.op.torch_call(self.typed.of(first.inputs))
        operands = [read.get(value, self.variables.get(value, "")) for value in first.inputs]
        joined = expression(torch_call, operands)
        if isinstance(joined, Infix) and flat_length(joined) > WIDTH - _MARGIN:
            # A sum that does not fit on a line reads better with names in it.
            for index, (value, operand) in enumerate(zip(first.inputs, operands, strict=True)):
                if not isinstance(operand, str):
                    branch = next(branch for branch in step.branches if value in branch.outputs)
                    operands[index] = self._named(value, branch.name, operand)
            joined = expression(torch_call, operands)
        self._assign(first.outputs, joined, chain)
        for node in after:  # an activation may overwrite the merge's result, which nobody else reads
            short = node.op.short or node.op.keyword
            name = short if self._is_lone(step) else f"{step.name}_{short}"
            self._node(node, name, chain, inplace=True)

    def _is_lone(self, step: Merge) -> bool:
        """Whether a merge is the only one of its block, so that what belongs to it needs no prefix."""
        merges = [other for other in self.steps if isinstance(other, Merge)]
        return merges == [step] and not any(
            isinstance(other, Layer) and other.name == (node.op.short or node.op.keyword)
            for other in self.steps
            for node in step.nodes
        )

    def _branch(self, branch: Branch, merge: Merge) -> Mapping[Value, Doc]:
        """The expressions for a branch's results; a variable for one that is read elsewhere too."""
        results = self._results(branch, merge)
        for value, doc in results.items():
            if value in self.lasting and not isinstance(doc, str):
                results[value] = self.variables[value] = self._named(value, branch.name, doc)
        return results

    def _results(self, branch: Branch, merge: Merge) -> dict[Value, Doc]:
        """The expressions for a branch's results; statements for what does not fit into one."""
        if not branch.steps:
            return {value: self.variables[value] for value in branch.outputs}
        (output, *more) = branch.outputs
        lone = not more and branch.steps[-1].outputs == branch.outputs  # else the last step passed another tensor on
        if lone and self.modules.is_anonymous_chain(branch.steps):
            return {output: self._chain(branch.steps, branch, merge)}
        scaled = self._scaled(branch, merge) if lone else None
        if scaled is not None:
            return {output: scaled}
        chain = unique(self._local(branch.name), self.locals)
        start = len(self.body.forward)
        self._steps(branch.steps, chain)
        lines = self.body.forward[start:]
        short = len(lines) == 1 and flat_length(lines[0].doc) < WIDTH - _MARGIN
        if lone and short and lines[0].before == f"{chain} = ":
            self.body.forward.pop()  # short enough to stand in the merge itself
            self.locals.discard(chain)
            return {output: lines[0].doc}
        return {value: self.variables[value] for value in branch.outputs}

    def _scaled(self, branch: Branch, merge: Merge) -> Doc | None:
        """Modules, a product with a constant, and perhaps a module that drops it: `drop(0.1 * body(x))`."""
        for count in range(1, len(branch.steps)):
            step, *after = branch.steps[count:]
            if not isinstance(step, Layer) or len(step.nodes) > 1 or self.modules.is_module(step):
                continue
            torch_call = step.nodes[0].op.torch_call(self.typed.of(step.inputs))
            private = self.modules.lasting.isdisjoint((*step.inputs, *step.outputs)) and not step.named
            joined = step.inputs == branch.steps[count - 1].outputs
            if not (
                joined and private and torch_call.is_operator and self.modules.is_anonymous_chain(branch.steps[:count])
            ):
                return None
            if len(after) > 1 or not all(
                self.modules.is_anonymous_chain([last]) and last.inputs == step.outputs for last in after
            ):
                return None
            doc = expression(torch_call, [self._chain(branch.steps[:count], branch, merge)])
            for last in after:
                name = self._free(last.name)
                self._define(name, partial(self.modules.module, last, name))
                doc = call(f"self.{name}", doc)
            return doc
        return None

    def _chain(self, steps: Sequence[Step], branch: Branch, merge: Merge) -> Doc:
        """The call of a branch's modules, as one; the only one of a residual's body has its own name."""
        lone_body = merge.kind == "residual" and branch is merge.branches[1] and len(steps) == 1
        name = self._free(steps[0].name if lone_body else branch.name)
        self._define(name, lambda: self.modules.chain(steps, name))
        return call(f"self.{name}", *self._arguments(steps[0].inputs))

    # --- repeats

    def _repeat(self, step: Repeat, chain: str) -> None:
        """A repeat that is no chain of modules: a loop in `forward`."""
        if not step.turns:
            self._hole(step.name, step.inputs, step.outputs, chain)
            return
        name = self._free(step.name)
        self._define(name, lambda: self.modules.collection(self.modules.turns(step, name)))
        first = step.turns[0]
        given = self._arguments(values_from_outside(step))
        started = [self.variables[value] for value in step.inputs]
        if len(step.outputs) == 1:
            targets = [unique(self._local(step.name), self.locals) if step.outputs[0] in self.lasting else chain]
        else:
            names = first.graph.output_names if isinstance(first, Call) else [str(value) for value in step.outputs]
            targets = [unique(self._local(output), self.locals) for output in names]
        joined = ", ".join(targets)
        element = unique("module", self.locals)
        if started != targets:
            self._line(f"{joined} = ", ", ".join(started))
        self._line("", f"for {element} in self.{name}:")
        self.depth += 1
        self._line(f"{joined} = ", call(element, *targets, *given))
        self.depth -= 1
        self.locals.discard(element)
        self.variables |= dict(zip(step.outputs, targets, strict=True))

    def _is_opened(self, step: Repeat) -> bool:
        """Whether something between or inside the turns of a repeat is asked for."""
        between = (value for turn in step.turns[:-1] for value in turn.outputs)
        inside = (isinstance(turn, Call) and turn.graph.whole is not None for turn in step.turns)
        return (
            not self.silent
            and self.parts is not None
            and (any(value in self.use.outputs for value in between) or any(inside))
        )

    def _is_uneven(self, step: Repeat) -> bool:
        """Whether the turns are called in different ways, or give another number of tensors than they take."""
        beside = bool(values_from_outside(step)) and any(self.modules.is_module(turn) for turn in step.turns)
        return beside or any(len(turn.inputs) != len(turn.outputs) for turn in step.turns)

    def _turn_by_turn(self, step: Repeat, chain: str) -> None:
        """A repeat whose turns are called one by one."""
        name = self._free(step.name)
        self._define(name, lambda: self.modules.collection(self.modules.turns(step, name)))
        outside = self._arguments(values_from_outside(step))
        inputs = step.inputs
        for index, turn in enumerate(step.turns):
            last = turn is step.turns[-1]
            beside = () if self.modules.is_module(turn) else outside
            made = call(f"self.{name}[{index}]", *self._arguments(inputs), *beside)
            targets = self._targets(turn, readable(step.name) if last else f"{readable(step.name)}_{index}")
            self._assign(step.outputs if last else turn.outputs, made, chain, targets)
            inputs = step.turns[index + 1].inputs if not last else ()

    # --- conditions

    def _conditional(self, step: Conditional, chain: str) -> None:
        """`if self.use_step:` round the statements of the step."""
        inner = step.step
        if is_settled(step):
            self._settled(step, chain)
            return
        empty = isinstance(inner, Repeat) and not inner.turns
        if inner is None or empty or len(inner.outputs) != 1 or not self.modules.is_known(inner):
            self._hole(step.name, step.inputs, step.outputs, chain)
            return
        (value,), (output,) = step.inputs, step.outputs
        flag = self._free(f"use_{attribute(self._short(step.name))}")
        self.attributes.add(flag)
        if not self.silent:
            self.body.init.append(Assign(flag, Val(step.condition)))
        target = unique(self._local(step.name), self.locals) if output in self.lasting else chain
        if target != self.variables[value]:
            self._line(f"{target} = ", self.variables[value])
        self._line("", f"if self.{flag}:")
        self.flags.append(f"self.{flag}")
        self.depth += 1
        with self.modules.only_if(step.taken):
            self._steps((inner,), target)
            if self.variables[inner.outputs[0]] != target:
                self._line(f"{target} = ", self.variables[inner.outputs[0]])
        self.depth -= 1
        self.flags.pop()
        self.variables[output] = target

    def _settled(self, step: Conditional, chain: str) -> None:
        """A condition that holds, or does not, in all uses of this class: the step, or nothing."""
        if step.taken and step.step is not None:
            self._steps((step.step,), chain)
        for value, original in zip(step.outputs, originals(step), strict=True):
            self.variables[value] = self.variables[original]

    def _hole(self, name: str, inputs: tuple[Value, ...], outputs: tuple[Value, ...], chain: str) -> None:
        """What is left out in this use, and is a module in another one, perhaps."""
        if len(inputs) != 1 or len(outputs) != 1:
            self.variables |= {out: self.variables[value] for out, value in zip(outputs, inputs, strict=True)}
            return
        own = self._free(name)
        passed = self.variables[inputs[0]]
        self._define(own, Hole)
        self._assign(outputs, Hole(passed), chain)
