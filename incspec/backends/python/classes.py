"""One class of the printed source: a block, or the network.

A class is printed from one use of the block. Widths and settings are printed as what they stand for
(`in_channels`, the block's parameters), so every use of the block gives the same text; uses that differ in
structure as well give texts that differ, and become classes of their own.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence

from ...diagnostics import InternalError
from ...ir import Branch, Call, Conditional, Layer, Merge, Node, Repeat, Step, TypedGraph, Value, call_scope
from ...ops.base import Argument, TorchCall
from ...shapes import TensorType
from .lasting import lasting_values
from .layout import Bracket, Choice, Doc, Loop, call, listing
from .loops import counts, loop
from .names import attribute, unique, variable
from .parts import ClassBody, ClassRef, Line, Module
from .units import Units
from .values import constant, same


class ClassPrinter:
    """Prints the constructor and `forward` of one graph."""

    def __init__(self, typed: TypedGraph, units: Units, class_of: Callable[[TypedGraph], ClassRef]) -> None:
        self.typed, self.graph = typed, typed.graph
        self.units, self.class_of = units, class_of
        self.body = ClassBody()
        self.values = self.body.values
        self.locals: set[str] = {"self", "torch", "nn", "math"}
        self.attributes: set[str] = set()
        self.variables: dict[Value, str] = {}
        self.lasting = lasting_values(typed)
        # The condition under which the modules of the moment exist.
        self.condition = ""

    def print(self) -> ClassBody:
        """The body of the class."""
        for value in self.graph.inputs:
            lone = len(self.graph.inputs) == 1 and value.producer == "input"
            self.variables[value] = unique("x" if lone else variable(value.producer), self.locals)
        self.body.inputs = tuple(self.variables[value] for value in self.graph.inputs)
        kept = any(value in self.lasting for value in self.graph.inputs)
        chain = unique("y", self.locals) if kept or len(self.graph.inputs) > 1 else self.body.inputs[0]
        self._steps(self.graph.steps, chain)
        results = [self.variables[value] for value in self.graph.outputs]
        self.body.returns = len(results)
        self._return(results)
        return self.body

    def _return(self, results: list[str]) -> None:
        """Return the last expression directly instead of naming it first."""
        last = self.body.forward[-1] if self.body.forward else None
        if last is not None and len(results) == 1 and last.before == f"{results[0]} = ":
            self.body.forward[-1] = Line("return ", last.doc)
        else:
            self.body.forward.append(Line("return ", ", ".join(results)))

    # --- steps

    def _steps(self, steps: Sequence[Step], chain: str) -> None:
        """Steps in series; `chain` is the variable that passes from one to the next."""
        for step in steps:
            name = self._free_attribute(step.name)
            module = self._call(step, name) if isinstance(step, Call) else self._attempt(step, name)
            if module is not None:
                self._define(name, module)
                outputs = step.graph.output_names if isinstance(step, Call) else ()
                self._assign(step.outputs, f"self.{name}({self._read(step.inputs)})", chain, outputs)
            elif isinstance(step, Layer):
                for node in step.nodes:
                    self._node(node, node.outputs[0].producer, chain)
            elif isinstance(step, Merge):
                self._merge(step, chain)
            elif isinstance(step, Repeat):
                self._repeat(step, chain)
            elif isinstance(step, Conditional):
                self._inline_conditional(step, chain)
            else:
                raise InternalError(f"no way to print `{step.name}`")

    def _attempt(self, step: Step, path: str) -> Doc | None:
        """The step as one module, if it is that; nothing is left behind if not."""
        count = len(self.body.modules)
        module = self._module(step, path)
        if module is None:
            del self.body.modules[count:]
        return module

    def _node(self, node: Node, name: str, chain: str, *, inplace: bool = False) -> None:
        """A node by itself: a module under a name, or an expression."""
        torch_call = node.op.torch_call(self.typed.of(node.inputs))
        if not torch_call.is_module:
            self._assign(node.outputs, self._expression(torch_call, [self.variables[v] for v in node.inputs]), chain)
            return
        own = self._free_attribute(name)
        layer = Layer(own, node.path, node.inputs, node.outputs, (node,))
        module, _ = self.units.construct(layer, self.typed, self.values)
        if inplace and node.op.inplace:
            module = call(module.head, [*module.items, "inplace=True"])
        self._record_layer(layer, own, [])
        self._define(own, module)
        self._assign(node.outputs, f"self.{own}({self._read(node.inputs)})", chain)

    def _merge(self, step: Merge, chain: str) -> None:
        if step.split is not None:
            names = [unique(variable(branch.name), self.locals) for branch in step.branches]
            torch_call = step.split.op.torch_call(self.typed.of(step.split.inputs))
            text = self._expression(torch_call, [self.variables[v] for v in step.split.inputs])
            self.variables |= dict(zip(step.split.outputs, names, strict=True))
            self._line(", ".join(names), text, None)
        read = {value: self._branch(branch, step) for branch in step.branches for value in branch.outputs}
        first, *after = step.nodes
        torch_call = first.op.torch_call(self.typed.of(first.inputs))
        joined = self._expression(torch_call, [read.get(value) or self.variables[value] for value in first.inputs])
        self._assign(first.outputs, joined, chain)
        for node in after:  # an activation may overwrite the merge's result, which nobody else reads
            short = node.op.short or node.op.keyword
            self._node(node, short if self._lone(step) else f"{step.name}_{short}", chain, inplace=True)

    def _lone(self, step: Merge) -> bool:
        """Whether a merge is the only one of its block, so that what belongs to it needs no prefix."""
        merges = [other for other in self.graph.steps if isinstance(other, Merge)]
        return merges == [step] and not any(
            isinstance(other, Layer) and other.name == (node.op.short or node.op.keyword)
            for other in self.graph.steps
            for node in step.nodes
        )

    def _branch(self, branch: Branch, merge: Merge) -> str:
        """The expression for a branch's result; statements for what does not fit into one."""
        (output, *more) = branch.outputs
        if not branch.steps or more:
            self._steps(branch.steps, unique(variable(branch.name), self.locals))
            return self.variables[output]
        lone_body = merge.kind == "residual" and branch is merge.branches[1] and len(branch.steps) == 1
        name = self._free_attribute(branch.steps[0].name if lone_body else branch.name)
        module = self._series(branch, name)
        if module is not None:
            self._define(name, module)
            return f"self.{name}({self._read(branch.steps[0].inputs)})"
        chain = unique(variable(branch.name), self.locals)
        self._steps(branch.steps, chain)
        lines = [line for line in self.body.forward if line.before == f"{chain} = "]
        if len(lines) == 1 and lines[0] is self.body.forward[-1] and len(str(lines[0].doc)) < 40:
            return str(self.body.forward.pop().doc)  # short enough to stand in the merge itself
        return self.variables[output]

    def _series(self, branch: Branch, name: str) -> Doc | None:
        """A branch as one module: its only step's, or an `nn.Sequential`; None where a value is read elsewhere."""
        modules: list[Doc] = []
        current = branch.steps[0].inputs
        saved = list(self.body.modules)
        lone = len(branch.steps) == 1
        for index, step in enumerate(branch.steps):
            last = index == len(branch.steps) - 1
            private = step.inputs == current and (last or not any(v in self.lasting for v in step.outputs))
            module = self._module(step, name if lone else f"{name}.{index}") if private and not step.named else None
            if module is None or len(step.outputs) != 1:
                self.body.modules[:] = saved
                return None
            modules.append(module)
            current = step.outputs
        return modules[0] if lone else call("nn.Sequential", modules)

    # --- modules

    def _module(self, step: Step, path: str) -> Doc | None:
        """A step as the construction of one module of one input and one output; None where it is not that."""
        if len(step.inputs) != 1 or len(step.outputs) != 1:
            return None
        if isinstance(step, Layer):
            calls = [node.op.torch_call(self.typed.of(node.inputs)) for node in step.nodes]
            if not all(torch_call.is_module for torch_call in calls):
                return None
            construct, unit = self.units.construct(step, self.typed, self.values)
            self._record_layer(step, path, [part.attribute for part in unit.parts] if unit else [])
            return construct
        if isinstance(step, Call):
            return self._call(step, path)
        if isinstance(step, Repeat):
            turns = self._turns(step, path)
            return None if turns is None else call("nn.Sequential", turns)
        return self._conditional(step, path) if isinstance(step, Conditional) else None

    def _record_layer(self, step: Layer, path: str, parts: list[str]) -> None:
        for node, part in zip(step.nodes, parts or [""], strict=True):
            outputs = self.typed.of(node.outputs)
            cost = node.op.cost(self.typed.of(node.inputs), outputs)
            self.body.modules.append(Module(f"{path}.{part}" if part else path, outputs[0], cost.params))

    def _call(self, step: Call, path: str) -> Doc:
        typed = self.typed.calls[step.name]
        self.body.modules.append(Module(path, typed.output_types[0], typed.cost.params, typed))
        return call(self.class_of(typed).name, [f"{key}{text}" for key, text in self._arguments(step)])

    def _arguments(self, step: Call) -> list[tuple[str, str]]:
        """The arguments of a block's constructor as (`name=`, text); those equal to the default are left out."""
        typed = self.typed.calls[step.name]
        scope = call_scope(step, self.typed.of(step.inputs))
        arguments = []
        for name, default in self.class_of(typed).params.items():
            if name in scope:
                value = scope[name]
                given = name in step.arguments
                if not given and default is not None and same(value, default):
                    continue
                positional = name == "in_channels"
                arguments.append(("" if positional else f"{variable(name)}=", self.values.text(value)))
            else:  # from the surroundings: handed on under its own name
                self.values.used[name] = None
                arguments.append((f"{variable(name)}=", variable(name)))
        return arguments

    def _turns(self, step: Repeat, path: str) -> list[Doc] | None:
        """The modules of a repeat: one comprehension where its turns are alike, else one each."""
        modules = self._each_turn(step, path)
        if not modules:
            return None
        if len(modules) == 1 and constant(step.count) and not counts(modules[0]):
            return list(modules)
        looped = loop(modules)
        if looped is None:
            return list(self._each_turn(step, path, bound=True) or ())
        count = self.values.text(step.count)
        return [Loop(looped, f"for {'i' if counts(looped) else '_'} in range({count})", "*")]

    def _each_turn(self, step: Repeat, path: str, *, bound: bool = False) -> list[Bracket] | None:
        """The module of each turn; in terms of `i`, or with the turn's number if `bound`."""
        modules = []
        count, outer = len(self.body.modules), self.values.bound
        for index, turn in enumerate(step.turns):
            self.values.bound = {**outer, "i": index} if bound else {k: v for k, v in outer.items() if k != "i"}
            module = (
                self._call(turn, f"{path}.{index}") if isinstance(turn, Call) else self._module(turn, f"{path}.{index}")
            )
            if not isinstance(module, Bracket):
                del self.body.modules[count:]
                self.values.bound = outer
                return None
            modules.append(module)
        self.values.bound = outer
        if bound:
            del self.body.modules[count : count + (len(self.body.modules) - count) // 2]
        return modules

    def _conditional(self, step: Conditional, path: str) -> Doc | None:
        """`module if condition else nn.Identity()`."""
        if step.step is None:
            return None
        if self.typed.types.get(step.step.outputs[0]) is None:
            return None
        count = len(self.body.modules)
        module = self._module(step.step, path)
        if not step.taken:
            del self.body.modules[count:]
        if module is None:
            return None
        return Choice(module, self.values.text(step.condition), "nn.Identity()")

    def _inline_conditional(self, step: Conditional, chain: str) -> None:
        """`if self.use_step:` round the statements of the step; nothing where it is not known what it would be."""
        text = self.values.text(step.condition)
        if step.step is None or len(step.inputs) != 1 or len(step.outputs) != 1:
            self._settled(step, chain)
            return
        saved = copy.deepcopy((self.body.init, self.body.modules, self.attributes, self.locals)), len(self.body.forward)
        try:
            flag = self._free_attribute(f"use_{step.name}")
            self._define(flag, text)
            (value,) = step.inputs
            target = self.variables[value]
            if value in self.lasting or value in self.graph.inputs:
                target = chain
                self.body.forward.append(Line(f"{target} = ", self.variables[value]))
                self.variables[value] = target
            self.condition, outer = f"self.{flag}", self.condition
            start, count = len(self.body.forward), len(self.body.modules)
            self._steps((step.step,), target)
            self.condition = outer
        except KeyError:  # a type in it is not known
            (self.body.init, self.body.modules, self.attributes, self.locals), length = saved
            del self.body.forward[length:]
            self._settled(step, chain)
            return
        if not step.taken:
            del self.body.modules[count:]
        inner = self.body.forward[start:]
        if self.variables[step.step.outputs[0]] != target:
            inner.append(Line(f"{target} = ", self.variables[step.step.outputs[0]]))
        del self.body.forward[start:]
        self.body.forward.append(Line("", f"if self.{flag}:"))
        self.body.forward += [Line(f"    {line.before}", line.doc) for line in inner]
        self.variables[step.outputs[0]] = target

    def _settled(self, step: Conditional, chain: str) -> None:
        """A condition that holds for all uses of this class: the step, or nothing."""
        if step.taken and step.step is not None:
            self._steps((step.step,), chain)
        source = step.step.outputs if step.taken and step.step is not None else step.inputs
        for value, original in zip(step.outputs, source, strict=True):
            self.variables[value] = self.variables[original]

    def _repeat(self, step: Repeat, chain: str) -> None:
        """A repeat that is no chain of modules: a loop where the turns are calls, else turn by turn."""
        calls = [turn for turn in step.turns if isinstance(turn, Call)]
        name = self._free_attribute(step.name)
        turns = self._turns(step, name) if calls and len(calls) == len(step.turns) else None
        if turns is None:
            outer = self.values.bound
            for index, turn in enumerate(step.turns):
                self.values.bound = {**outer, "i": index}
                self._steps((turn,), chain)
            self.values.bound = outer
            last = step.turns[-1].outputs if step.turns else step.inputs
            self.variables |= {
                value: self.variables[original] for value, original in zip(step.outputs, last, strict=True)
            }
            return
        (first, *_) = turns
        inner = Loop(first.element, first.clause) if isinstance(first, Loop) else listing(turns)
        module = call("nn.ModuleList", [inner])
        self._define(name, module)
        targets = [unique(variable(output), self.locals) for output in calls[0].graph.output_names]
        started = [self.variables[value] for value in step.inputs]
        joined = ", ".join(targets)
        element = unique("module", self.locals)
        self.body.forward.append(Line(f"{joined} = ", ", ".join(started)))
        self.body.forward.append(Line("", f"for {element} in self.{name}:"))
        self.body.forward.append(Line(f"    {joined} = ", f"{element}({joined})"))
        self.variables |= dict(zip(step.outputs, targets, strict=True))

    # --- lines

    def _free_attribute(self, name: str) -> str:
        return unique(attribute(name), set(self.attributes))

    def _define(self, name: str, module: Doc) -> None:
        self.attributes.add(name)
        if self.condition and isinstance(module, Bracket):
            module = Choice(module, self.condition, "nn.Identity()")
        self.body.init.append((f"self.{name}", module))

    def _read(self, values: tuple[Value, ...]) -> str:
        return ", ".join(self.variables[value] for value in values)

    def _assign(self, values: tuple[Value, ...], text: Doc, chain: str, names: Sequence[str] = ()) -> None:
        if len(values) == 1:
            (value,) = values
            name = unique(variable(value.producer), self.locals) if value in self.lasting else chain
            self.variables[value] = name
            self._line(name, text, self.typed.types.get(value))
            return
        wanted = names or [str(value) for value in values]
        targets = [unique(variable(name), self.locals) for name in wanted]
        self.variables |= dict(zip(values, targets, strict=True))
        self._line(", ".join(targets), text, None)

    def _line(self, target: str, text: Doc, type_: TensorType | None) -> None:
        self.body.forward.append(Line(f"{target} = ", text, type_))

    def _in_forward(self, key: str, value: Argument) -> str:
        """A value in `forward`: written out, or kept by the constructor where it depends on its parameters."""
        if isinstance(value, tuple):
            if all(constant(item) for item in value if not isinstance(item, tuple)):
                return self.values.text(value)
            text = f"[{', '.join(self.values.text(item) for item in value)}]"
        elif constant(value):
            return self.values.text(value)
        else:
            text = self.values.text(value)
        name = self._free_attribute(key)
        self._define(name, text)
        return f"self.{name}"

    def _expression(self, torch_call: TorchCall, inputs: list[str]) -> Doc:
        """A call that is no module: a function, a method of the first input, or an operator."""
        args: list[Doc] = [self._in_forward(key, value) for key, value in torch_call.args.items()]
        kwargs: list[Doc] = [
            f"{key}={self._in_forward(key, value)}"
            for key, value in torch_call.kwargs.items()
            if not same(value, torch_call.defaults.get(key))
        ]
        if torch_call.target.startswith("."):
            return call(f"{inputs[0]}{torch_call.target}", [*args, *kwargs])
        if not torch_call.target[0].isalpha():
            return f" {torch_call.target} ".join([*(_operand(str(arg)) for arg in args), *inputs])
        tensors: list[Doc] = [listing(inputs)] if torch_call.listed else list(inputs)
        return call(torch_call.target, [*tensors, *args, *kwargs])


def _operand(text: str) -> str:
    return text if re.fullmatch(r"[\w.]+", text) else f"({text})"
