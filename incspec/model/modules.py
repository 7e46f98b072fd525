"""The module of a checked network, the weights of others for it, and the comparison with a reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Self

from ..arguments import input_sizes, named_names, named_values, seed_number, tolerated
from ..telling import Tell, nobody
from .facts import Facts

if TYPE_CHECKING:
    import torch

    from ..runtime.comparison import Comparison
    from ..runtime.mapping import Assignment
    from ..runtime.weights import Weights

_MAP = '{"theirs.conv": "ours.conv"}'


class Modules(Facts):
    """A network that gives `nn.Module`s; torch is imported where one is asked for."""

    def module(
        self,
        *,
        features: Sequence[str] | None = None,
        head: bool = True,
        aux: bool = True,
        weights: Weights | None = None,
        map: Mapping[str, str] | None = None,
        adapt_input: bool = False,
        reorder: bool = True,
        seed: int | None = None,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ) -> torch.nn.Module:
        """The network as a `torch.nn.Module`: the printed source, executed.

        Where the spec has auxiliary heads, in training it returns a named tuple of its own output and theirs; with
        `aux=False` it has none, and loads weights that were saved with them all the same. With `features` it gives the
        tensors of these names, in a dict, and with `head=False` what the head would read, and only what that needs is
        built.

        `weights` is a file (safetensors, or of `torch.save`) or a state dictionary, of whatever module: which tensor is
        which is found from the structure of the whole network, and `map`, from names of theirs to ours, decides where
        that is not enough. With `adapt_input`, their first convolution may have another number of input channels. Branches
        that have another order there are taken to be joined in that order, with `reorder=False` in ours.

        With a `seed` the weights are the same every time, and torch's random state is left as it was; those of a part
        are other ones than the whole network's.

        Raises:
            TypeError: an argument is not what is wanted.
            ValueError: the network has no such tensors, or no head.
            WeightsError: the weights are refused; nothing is loaded.
        """
        from ..backends.module import build_module

        if weights is None and (map or adapt_input or not reorder):
            raise ValueError("`map`, `adapt_input` and `reorder` say how to load `weights`, and there are none")
        names = named_names("map", map or {}, _MAP)
        part = self._part(features, head=head)
        printed, arguments = part.printed, {"aux": False} if part.network.graph.aux and not aux else {}
        module = build_module(
            printed.text, printed.class_name, arguments=arguments, seed=seed_number(seed), device=device, dtype=dtype
        )
        if weights is not None:
            from ..runtime.weights import load_weights

            load_weights(module, self.whole, weights, map=names, adapt_input=adapt_input, reorder=reorder)
        return module

    def mapping(
        self,
        weights: Weights,
        *,
        map: Mapping[str, str] | None = None,
        adapt_input: bool = False,
        reorder: bool = True,
    ) -> Assignment:
        """Which tensor of a checkpoint each tensor of the module is, and what is done to it; as `module` takes them.

        Raises:
            WeightsError: the weights are refused.
        """
        from ..runtime.weights import mapped_weights

        names = named_names("map", map or {}, _MAP)
        return mapped_weights(self.whole, weights, map=names, adapt_input=adapt_input, reorder=reorder)[0]

    def verify(
        self,
        against: str | torch.nn.Module,
        *,
        arguments: Mapping[str, object] | None = None,
        map: Mapping[str, str] | None = None,
        reorder: bool = True,
        sizes: Sequence[int | Sequence[int]] | None = None,
        train: bool = False,
        tolerance: float = 1e-10,
        tell: Tell = nobody,
    ) -> Comparison:
        """Compare the module with a reference of equal weights, block by block, in float64.

        `against` is a module, which stays as it is, or `package:callable`, which is called with `arguments`. Which of
        its tensors is which of ours is found as for `weights`, then they are drawn at random. `sizes` of the input are
        by default the network's own, a smaller and a larger one; with `train`, training mode and gradients are compared
        too, at the network's own size or the first of `sizes`. `tell` hears what is being done, and how many of how many
        runs are done.

        Raises:
            TypeError, ValueError: an argument is not what is wanted.
            NoReferenceError: `against` names no module.
            WeightsError: its weights are not those of this network, or it is not certain which is which.
            SizeError: it does not accept an input.
        """
        from ..runtime.compare import compare
        from ..runtime.pair import pair_with
        from ..runtime.reference import reference

        given = named_values("arguments", arguments or {}, '{"pretrained": False}')
        names = named_names("map", map or {}, _MAP)
        wanted, allowed = input_sizes(sizes or ()), tolerated(tolerance)
        tell("building the reference", 0, 0)
        theirs, name = reference(against, given)
        tell(f"finding which weights of `{name}` are which", 0, 0)
        pair = pair_with(self, theirs, name, names, allowed, reorder=reorder)
        return compare(pair, self.inputs, wanted, train=train, tell=tell)

    def _part(self, features: Sequence[str] | None, *, head: bool) -> Self:
        if features is None:
            return self if head else self.trunk
        if not head:
            raise ValueError("`features` and `head=False` exclude each other: the trunk's output can be a feature")
        return self.select(features)
