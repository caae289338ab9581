"""`RECIPES`: whole runs that have a name, ours and one for each network of the documents.

A recipe's network, policy and training are what counts; its `data` is not looked at: whoever starts
a run says what it is trained on. What a network's author claimed stands in the network's record and
is reached by `Recipe.claims`. Nothing here imports torch.
"""

from dataclasses import dataclass

from core.augment import policies
from core.augment.policy import Policy
from core.config.run_config import NetworkConfig, RunConfig, TrainingConfig
from core.networks.catalogue import NETWORKS
from core.networks.record import Claims
from core.registry import Registry


@dataclass(frozen=True)
class Recipe:
    """A run that can be started by name; `document` is the number of the one it is taken from."""

    label: str  # what a menu says
    help: str  # where it is from, and what the document leaves open
    config: RunConfig
    document: str = ""  # "" for ours

    @property
    def claims(self) -> Claims | None:
        """What the network's author said of it; None for a network that is in no register."""
        name = self.config.network.name
        return NETWORKS[name].claims if name in NETWORKS else None


RECIPES: Registry[Recipe] = Registry("recipe")


# ---- ours: to be tuned on held-out training images; the cards in assets/weights say what was ----


def _ours(name: str, label: str, training: TrainingConfig, help: str) -> None:
    config = RunConfig(network=NetworkConfig(name), policy=policies.named(name), training=training)
    RECIPES.add(name, Recipe(label, help, config))


_ours(
    "sprint", "Sprint",
    TrainingConfig(
        epochs=13, batch_size=128, optimizer="muon", learning_rate=0.05, weight_decay=0.02,
        schedule="one_cycle", label_smoothing=0.05, initial_image_size=20, replicas=2,
    ),
    "The quickest here to 85% on a processor. Images grow from 20 to 32 pixels, for a small image "
    "is little work; two replicas learn from half a batch each, for cores that share a layer wait "
    "for each other; Muon needs fewer epochs than SGD.",
)  # fmt: skip
_ours(
    "summit", "Summit",
    TrainingConfig(
        epochs=225, batch_size=128, optimizer="muon", learning_rate=0.04, weight_decay=0.01,
        schedule="triangular", label_smoothing=0.05, initial_image_size=24,
    ),
    "The most accurate network here within the assignment's number of parameters, for the patient: "
    "some two hours on two cores.",
)  # fmt: skip


# ---- the documents', one a network: what each says, the lab's defaults where it is silent ----


def _document(
    name: str, label: str, network: str, policy: Policy, training: TrainingConfig, help: str
) -> None:
    config = RunConfig(network=NetworkConfig(network), policy=policy, training=training)
    RECIPES.add(name, Recipe(label, help, config, NETWORKS[network].document))


_document(
    "doc_000", "Document 000", "four_files_197k", policies.named("seed_000"),
    TrainingConfig(epochs=40, batch_size=4, learning_rate=0.003, schedule="step"),
    "40 epochs in batches of 4, both from its log (12,500 steps an epoch). It names no optimizer, "
    "learning rate or schedule. Assumed: SGD; 0.1 at batch 128 scaled down to this batch; a tenth "
    "after each of epochs 20 and 30, for its log jumps after epoch 30 and is flat from there.",
)  # fmt: skip
_document(
    "doc_001", "Document 001", "net_2m", policies.named("seed_001"),
    TrainingConfig(epochs=20, batch_size=128, learning_rate=0.1, schedule="one_cycle"),
    "Batches of 128 (391 steps an epoch, as it says), 20 epochs as beside its best accuracy. It "
    "names no optimizer, learning rate, schedule or transforms. Assumed: the lab's defaults (SGD, "
    "0.1, one cycle) and the assignment's transforms.",
)  # fmt: skip
_document(
    "doc_002_baseline", "Document 002, Model 1", "baseline_1m6", policies.named("none"),
    TrainingConfig(epochs=20, batch_size=128, learning_rate=0.1, schedule="cosine"),
    "Without augmentation, as it says of Model 1. Nothing else is given. Assumed: what is assumed "
    "of Model 3 (SGD, 0.1, cosine, batches of 128), and 20 epochs, for it learns its training "
    "images by heart.",
)  # fmt: skip
_document(
    "doc_002", "Document 002", "padded_97k", policies.named("seed_002"),
    TrainingConfig(epochs=50, batch_size=128, learning_rate=0.1, schedule="cosine"),
    "50 epochs as it says, batches of 128 from its log (391 steps an epoch). It names no "
    "optimizer, learning rate or schedule. Assumed: SGD, 0.1, and a cosine. In its log training "
    "accuracy falls from epoch 18 to 25 and rises again, as under a cosine that turns back up; "
    "the lab's falls once.",
)  # fmt: skip
_document(
    "doc_003", "Document 003", "modular_97k",
    # Its mean training loss of 0.59 at 79% right is what whole labels give; mixed ones give more.
    Policy(tuple(t for t in policies.named("seed_003").transforms if t.name != "CutMix")),
    TrainingConfig(epochs=75, batch_size=128, learning_rate=0.1, schedule="cosine"),
    "SGD with a cosine and 75 epochs, as it says; batches of 128 from its log (391 steps an "
    "epoch). CutMix, which it calls optional, is left out: its training losses are too low for "
    "mixed labels. It gives no learning rate, momentum or weight decay: 0.1, 0.9 and 0.0005 are "
    "assumed, with Nesterov's momentum.",
)  # fmt: skip
_document(
    "doc_004", "Document 004", "dilated_162k", policies.named("seed_004"),
    TrainingConfig(epochs=300, batch_size=128, learning_rate=0.1, schedule="one_cycle"),
    "300 epochs as it says, batches of 128 from its log (391 steps an epoch). It names no "
    "optimizer, learning rate or schedule. Assumed: the lab's defaults (SGD, 0.1, one cycle).",
)  # fmt: skip
