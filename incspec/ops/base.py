"""What an op is: schema, shape rule, torch call, cost and label in one class.

An op's fields are pydantic fields, its rules are methods. Ops know neither spans nor files nor torch: a rule
that fails raises `OpError`, the torch call is data, and whoever asks adds the rest.

Annotations are evaluated in the files of ops, unlike elsewhere: as texts, those of the base classes would be compiled
for each op anew, which made a fifth of the time that `incspec check` takes to start.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from ..expressions import Plain
from ..record import record
from ..shapes import TensorType
from .fields import Kind

if TYPE_CHECKING:
    from fractions import Fraction

Inputs: TypeAlias = tuple[TensorType, ...]
Outputs: TypeAlias = tuple[TensorType, ...]
Argument: TypeAlias = "Plain | tuple[Argument, ...]"
Family = Literal["conv", "linear", "norm", "act", "pool", "merge", "dropout", "shape"]
# What an op is told by in figures, where boxes have colours by type.
Look: TypeAlias = Family | Literal["softmax"]
# What becomes of the order of channels, if the channels that arrive are in another one:
#   kept       so are those that leave: each is made from its own, by parameters per channel at most
#   absorbed   those that leave are not, if axis 1 of the weight, the one for input channels, is put into that order
#   joined     one input's after the other's
#   matched    all inputs must have the same order, which is that of the output
#   flattened  as many features for each channel as the map has cells, in that order
#   bound      the result means something else: the order must be the op's own
ChannelOrder = Literal["kept", "absorbed", "joined", "matched", "flattened", "bound"]


class OpError(Exception):
    """A rule of an op that does not hold. `field` names the field to blame, `input` the input, if one is.

    `meant` is the output there would be if that input were like the others.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | None = None,
        input: int | None = None,
        help: str | None = None,
        meant: TensorType | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.field, self.input, self.help = code, message, field, input, help
        self.meant = meant


@record
class Cost:
    """What an op costs for one image: learnt parameters, and multiply-adds (convolutions and linear layers)."""

    params: int = 0
    macs: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.params + other.params, self.macs + other.macs)


@record
class Reach:
    """Along one axis of an op's output, the cells of its input that cell i depends on.

    They are the whole numbers from `stride` * i + `first` to `stride` * i + `last`, along the input's spatial axis
    `place`; or all, where it is `whole`.
    """

    place: int
    stride: "int | Fraction" = 1
    first: "int | Fraction" = 0
    last: "int | Fraction" = 0
    whole: bool = False


@record
class Init:
    """How one parameter of a module is initialised: `nn.init.<function>_(self.<parameter>, **kwargs)`."""

    parameter: str
    function: str
    kwargs: Mapping[str, Argument] = field(default_factory=dict)


@record
class TorchCall:
    """What torch is called with, as data.

    The kind of the call is seen from `target`: `nn.Conv2d` or the name of a `helper` is a module, constructed
    once and called in `forward`; `torch.cat` and `F.pad` are functions; `.mean` is a method of the input, also
    at the end of a chain (`.flatten(1).unflatten`); `+` and `*` are operators, `args` the last operand. Values
    keep what they are traced to.
    """

    target: str
    # Positional arguments by torch's names: of a module's constructor, or of a function after the input(s).
    args: Mapping[str, Argument] = field(default_factory=dict)
    # Keyword arguments; one that equals its entry in `defaults` is not printed.
    kwargs: Mapping[str, Argument] = field(default_factory=dict)
    defaults: Mapping[str, Argument] = field(default_factory=dict)
    # Keyword arguments that belong to the kind of layer rather than to the layer (`bias=False`).
    fixed: Mapping[str, Argument] = field(default_factory=dict)
    # The entry of `args` that is the width of the output, if one is.
    width: str = ""
    # The inputs are one list argument (`torch.cat([a, b], dim=1)`).
    listed: bool = False
    # The result is a tuple, also where it is of one tensor (`(a,) = x.split((8,), dim=1)`).
    several: bool = False
    init: tuple[Init, ...] = ()
    # Source of the module class `target`, where torch has none.
    helper: str = ""

    @property
    def is_module(self) -> bool:
        """Whether it constructs a module, with a name and perhaps parameters."""
        return self.target.startswith("nn.") or bool(self.helper)

    def numbers(self) -> Iterator[Argument]:
        """All that stands in its arguments, lists entered."""
        waiting: list[Argument] = [*self.args.values(), *self.kwargs.values()]
        while waiting:
            argument = waiting.pop()
            if isinstance(argument, tuple):
                waiting += argument
            else:
                yield argument

    @property
    def is_operator(self) -> bool:
        """Whether it is written between its operands."""
        return self.target in ("+", "*")


class Construct(BaseModel):
    """A keyword of the language with fields: an op, or a construct that is written in terms of ops."""

    # Most networks use a dozen ops: the others' validators are not built.
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, defer_build=True)

    keyword: ClassVar[str]
    main: ClassVar[str | None] = None  # the field that `keyword: value` sets
    # Fields that hold other ops, applied to the result in this order.
    followers: ClassVar[tuple[Family, ...]] = ()
    # Fields that hold steps.
    bodies: ClassVar[tuple[str, ...]] = ()
    # Whether a SIZE before the keyword is the kernel (`3x3 conv`), and required in that form.
    sized: ClassVar[bool] = False

    @classmethod
    def field_kind(cls, name: str) -> Kind:
        """The kind of one of the op's own fields."""
        return _kinds(cls)[name]

    @classmethod
    def own_fields(cls) -> Mapping[str, Kind]:
        """The op's own fields, each with its kind."""
        return _kinds(cls)

    @classmethod
    def field_names(cls) -> tuple[str, ...]:
        """All that may be written in the construct's mapping, but for what every step takes."""
        return _field_names(cls)

    @classmethod
    def required_fields(cls) -> tuple[str, ...]:
        """The op's own fields that have no default."""
        return _required_fields(cls)


# Every step asks for these, and pydantic's own answers are slow.


@cache
def _kinds(construct: type[Construct]) -> dict[str, Kind]:
    return {
        name: next(item for item in info.metadata if isinstance(item, Kind))
        for name, info in construct.model_fields.items()
    }


@cache
def _field_names(construct: type[Construct]) -> tuple[str, ...]:
    return (*_kinds(construct), *construct.followers, *construct.bodies)


@cache
def _required_fields(construct: type[Construct]) -> tuple[str, ...]:
    return tuple(name for name, info in construct.model_fields.items() if info.is_required())


class Op(Construct):
    """One operator of the graph."""

    family: ClassVar[Family]
    # What a module is called in sources, where the keyword is long: `bn`.
    short: ClassVar[str] = ""
    # What a figure tells it by, where that is not its family.
    special_look: ClassVar[Look | None] = None
    # Whether a figure names it in the box of the layer that it follows.
    told: ClassVar[bool] = False
    # Whether a figure of what reads its output begins with its label: a sum or product there would read as the first step.
    begins_figures: ClassVar[bool] = False
    # Whether torch's module takes `inplace=True`; the printer adds it where nobody else reads the input.
    inplace: ClassVar[bool] = False
    # Whether in training it needs several values of each channel, of one image or of several.
    over_batch: ClassVar[bool] = False
    # What becomes of the order of channels: weights of a network whose branches are in another order are loaded by it.
    channel_order: ClassVar[ChannelOrder] = "bound"

    @property
    def look(self) -> Look:
        """What figures tell it by."""
        return self.special_look or self.family

    @property
    def output_count(self) -> int:
        """The number of outputs."""
        return 1

    def infer(self, inputs: Inputs) -> Outputs:
        """The types of the outputs.

        Raises:
            OpError: the op does not take these inputs.
        """
        raise NotImplementedError

    def torch_call(self, inputs: Inputs) -> TorchCall:
        """The call that computes it; `inputs` are types that `infer` took."""
        raise NotImplementedError

    def cost(self, inputs: Inputs, outputs: Outputs) -> Cost:
        """Parameters and multiply-adds for one image."""
        return Cost()

    def reach(self, x: TensorType) -> tuple[Reach, ...]:
        """What the output's cells depend on in the input `x`, for each spatial axis: here, on the one at their place."""
        return tuple(map(Reach, range(x.rank)))

    def label(self, rank: int = 2) -> str:
        """The papers' words for it: `3x3 Conv (96 stride 2 V)`; `rank` is the input's number of spatial axes.

        A width is printed with `str`: figures give the op widths that print as the block's letters.
        """
        raise NotImplementedError

    def details(self, inputs: Inputs, outputs: Outputs) -> dict[str, str]:
        """What words about it are made of where a figure has words of its own: its fields, as they are printed."""
        return {name: _printed(getattr(self, name)) for name in type(self).model_fields}


class UnaryOp(Op):
    """An op of one input and one output."""

    def infer(self, inputs: Inputs) -> Outputs:
        return (self.output(single(self.keyword, inputs)),)

    def output(self, x: TensorType) -> TensorType:
        """The type of the output.

        Raises:
            OpError: the op does not take such an input.
        """
        raise NotImplementedError


CHOOSE_ONE = "choose one with `from`, or merge them first with `concat` or `add`"


def single(keyword: str, inputs: Inputs) -> TensorType:
    """The only input.

    Raises:
        OpError: there are none or several.
    """
    if len(inputs) != 1:
        raise OpError("wrong-input-count", f"`{keyword}` takes one tensor, got {len(inputs)}", help=CHOOSE_ONE)
    return inputs[0]


def need_spatial(keyword: str, x: TensorType, *, help: str = "") -> None:
    """Refuse features: `x` must have one to three spatial axes; `help` says what to do, if it is not to come earlier.

    Raises:
        OpError: it has none.
    """
    if x.rank == 0:
        raise OpError(
            "wrong-rank",
            f"`{keyword}` needs a map with height and width, got {x} features",
            help=help or f"put `{keyword}` before the global pool or `flatten`",
        )


def need_channels_first(keyword: str, x: TensorType) -> None:
    """Refuse a map whose channels are its last axis.

    Raises:
        OpError: they are.
    """
    if x.channels_last:
        raise OpError(
            "channels-last",
            f"`{keyword}` needs channels first, got {x} with channels last",
            help=f"put `permute: [{', '.join(x.channels_first.axes)}]` before it",
        )


def need_map(keyword: str, x: TensorType) -> None:
    """Refuse features, and maps with channels last.

    Raises:
        OpError: `x` is such.
    """
    need_spatial(keyword, x)
    need_channels_first(keyword, x)


def _printed(value: object) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


OpClass: TypeAlias = type[Op]
ConstructClass: TypeAlias = type[Construct]
