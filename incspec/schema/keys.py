"""What each key means that is no field of an op or step."""

from __future__ import annotations

# What stands in a file, a block, and under `paper` and `expect`; the keys are those of spec.py's models.
FILE_KEYS = {
    "incspec": "version of the language: 1",
    "extends": "file that this one is a variant of: only what is different is written here, `none` removes a key",
    "name": "name of the network, as the paper prints it",
    "paper": "where the network was published",
    "input": "shape of the input, channels first, `[C, H, W]`; a size may be left open, `any` or `H >= 75`; or a mapping of names "
    "to such shapes",
    "params": "parameters of the file: their names and values, for use in expressions",
    "defaults": "fields of ops that hold for every use, `{op: {field: value}}`",
    "import": "blocks of other files, `{file: [block, ...]}`",
    "blocks": "blocks by name: steps under parameters, to be called like an op",
    "network": "the network, a list of steps in series",
    "aux": "auxiliary heads by name: outputs beside the network's own, in training only",
    "expect": "what is expected of the whole network; only checked",
    "allow": "warnings that are not told, and why: `{code: reason}`; at a line, `# incspec: allow CODE, reason`",
    "warn": "warnings that are told only where they are asked for",
}
BLOCK_KEYS = {
    "figure": "figure of the paper that shows the block",
    "note": "what the caption of the block's figure has to add: where the paper prints something else, say",
    "expect": "what comes out of each call, channels first, `[C, H, W]`; only checked",
    "params": "parameters of the block: their names and defaults, `required` where a call must give them",
    "defaults": "fields of ops that hold inside the block, `{op: {field: value}}`",
    "inputs": "names of the inputs; one, called `input`, without this key",
    "outputs": "tensors of the body that come out; the last step's output without this key",
    "body": "the steps, in series",
}
HEAD_KEYS = {
    "from": "name of the tensor of the network that the head is attached to, or a list of several",
    "weight": "what the head's loss counts in training, beside the network's own",
    "body": "the steps, in series",
}
PAPER_KEYS = {
    "title": "title of the paper",
    "authors": "its authors",
    "year": "year of publication",
    "arxiv": "its number on arXiv, in quotes",
    "url": "where it can be read",
    "figure": "figure of the paper that shows the whole network",
    "note": "what the caption of the network's figure has to add",
}
EXPECT_KEYS = {
    "output": "shape of the output, channels first",
    "params": "number of learnt parameters",
    "params_with_aux": "number of learnt parameters, auxiliary heads included",
    "macs": "multiply-adds of convolutions and linear layers for one image at the file's own `input`",
}
