# The public names, and the modules that define them; ``__init__.py`` imports each from there when it is first used.

from resnet_inspect.anatomy.records import Anatomy as Anatomy
from resnet_inspect.checking.rule import RuleSelection as RuleSelection
from resnet_inspect.commands.blocks import blocks as blocks
from resnet_inspect.commands.check import check as check
from resnet_inspect.commands.compare import compare as compare
from resnet_inspect.commands.config import config as config
from resnet_inspect.commands.count import count as count
from resnet_inspect.commands.identify import identify as identify
from resnet_inspect.commands.layers import layers as layers
from resnet_inspect.commands.layers.selection import LayerSelection as LayerSelection
from resnet_inspect.commands.lock import lock as lock
from resnet_inspect.commands.nearest import nearest as nearest
from resnet_inspect.commands.rule import rule as rule
from resnet_inspect.commands.schema import schema as schema
from resnet_inspect.commands.stages import stages as stages
from resnet_inspect.commands.summary import summary as summary
from resnet_inspect.commands.variants import VariantFilter as VariantFilter, variants as variants
from resnet_inspect.commands.weights import weights as weights
from resnet_inspect.configs.files import load as load
from resnet_inspect.configs.schema import ResNetConfig as ResNetConfig
from resnet_inspect.errors import (
    AmbiguousVariantError as AmbiguousVariantError,
    CheckpointError as CheckpointError,
    ConfigError as ConfigError,
    MissingPathsError as MissingPathsError,
    ModelRunError as ModelRunError,
    PartialRunWarning as PartialRunWarning,
    Problem as Problem,
    RequestError as RequestError,
    ResnetInspectError as ResnetInspectError,
    UnknownVariantError as UnknownVariantError,
    WrongTypeError as WrongTypeError,
)
from resnet_inspect.pipeline import RunOptions as RunOptions
from resnet_inspect.rendering.report import Report as Report, render as render
from resnet_inspect.steps import build as build, dissect as dissect, trace as trace
from resnet_inspect.tracing.inputs import InputSpec as InputSpec
from resnet_inspect.tracing.records import Trace as Trace
from resnet_inspect.version import __version__ as __version__
