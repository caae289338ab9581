"""The Mistakes page without a browser: what it says, filters, and offers; empty states."""

import io
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from safetensors.numpy import save_file
from streamlit.testing.v1 import AppTest

from core import paths
from core.augment import policies
from core.config.run_config import NetworkConfig, RunConfig, TrainingConfig
from core.data import shape_drawing
from core.data.image_set import ImageSet
from core.data.sources import catalogue
from core.mistakes import selection
from core.mistakes.confusion import confusion_counts
from core.networks.building import build
from core.predictions import Predictions
from core.runs import weights
from core.runs.create import create_run
from core.runs.model_ref import ModelRef
from core.runs.store import Run
from core.training.recipes import RECIPES
from lab import state
from lab.components.matrix import cells, picked_cell
from lab.images import sheets
from lab.mistakes import augmented_views, downloads
from tests import finished_run
from tests.pages.conftest import Open
from tests.pages.odd_addresses import ODD

NAMES = shape_drawing.CLASS_NAMES


@pytest.fixture(autouse=True)
def few_shapes(monkeypatch: pytest.MonkeyPatch) -> ImageSet:
    """`shapes` with 200 test images in place of 2,000."""
    made = shape_drawing.make(40, 200)
    record = replace(catalogue.DATA_SETS["shapes"], load=lambda *_, **__: made)
    monkeypatch.setitem(catalogue.DATA_SETS._records, "shapes", record)
    return made


def _answers(labels: torch.Tensor) -> torch.Tensor:
    """Right but for every fourth image, which is taken for the next class."""
    return torch.where(torch.arange(len(labels)) % 4 == 0, (labels + 1) % 10, labels)


def _probabilities(labels: torch.Tensor) -> torch.Tensor:
    sure = 0.5 + 0.4 * torch.arange(len(labels)) / len(labels)
    rest = ((1 - sure) / 9)[:, None].repeat(1, 10)
    return rest.scatter(1, _answers(labels)[:, None], sure[:, None])


def _weights(path: Path, names: tuple[str, ...] = NAMES, accuracy: float = 75.0) -> None:
    with torch.device("meta"):
        model = build(NetworkConfig("modular_97k"), len(names))
    generator = torch.Generator().manual_seed(0)
    state = {
        name: (torch.rand(value.shape, generator=generator) - 0.45).to(value.dtype).abs() * 0.2
        for name, value in model.state_dict().items()
    }
    about = weights.WeightsAbout(
        NetworkConfig("modular_97k"), names, (0.5,) * 3, (0.25,) * 3, "Shapes", 3, accuracy
    )
    weights.save(path, state, about)


def _run(
    labels: torch.Tensor,
    names: tuple[str, ...] = NAMES,
    data: str = "shapes",
    *,
    whole: bool = True,
) -> Run:
    """A finished run as its folder would be, with predictions if it is `whole`."""
    config = RunConfig(data=data, training=TrainingConfig(epochs=3))
    run = Run(create_run(paths.runs_folder(), config))
    if whole:
        finished_run.write_epoch(run, 3, 75.0)
        made = Predictions(_probabilities(labels), labels, names, data, 3)
        for which in ("best", "last"):
            made.save(run.folder / f"predictions-{which}.safetensors")
            _weights(run.folder / f"{which}.safetensors", names)
        (run.folder / "predictions").mkdir(exist_ok=True)
        for epoch in (1, 2, 3):
            # After epoch 1 everything is taken for the first class.
            said = made.predicted if epoch > 1 else torch.zeros_like(labels)
            kept = {
                "predicted": said.numpy().astype(np.uint8),
                "confidence": made.confidence.numpy().astype(np.float16),
            }
            save_file(kept, run.folder / "predictions" / f"epoch-{epoch:04d}.safetensors")
    return run


def _text(page: AppTest) -> str:
    return "\n".join(element.value for element in [*page.markdown, *page.info, *page.caption])


def _at(page: AppTest, tab: str) -> AppTest:
    page.session_state["mistakes_tab"] = tab
    return page.run()


def test_without_runs_it_says_what_to_do(open_page: Open) -> None:
    page = open_page("mistakes")
    assert "nothing has been trained" in page.info[0].value
    assert not page.error
    assert not page.metric


def test_a_run_without_predictions(open_page: Open, few_shapes: ImageSet) -> None:
    run = _run(few_shapes.test_labels, whole=False)
    page = open_page("mistakes")
    assert page.selectbox(key="mistakes_run").value == run.name
    assert "no predictions yet" in page.info[0].value
    assert not page.error
    assert not page.metric


def test_the_newest_run_with_predictions_is_shown_first(
    open_page: Open, few_shapes: ImageSet
) -> None:
    ready = _run(few_shapes.test_labels)
    waiting = _run(few_shapes.test_labels, whole=False)
    newer = ready.folder.with_name("99990101-000000-later-ffff")
    waiting.folder.rename(newer)
    page = open_page("mistakes")
    assert page.selectbox(key="mistakes_run").value == ready.name
    page.selectbox(key="mistakes_run").set_value(newer.name).run()
    assert not page.exception
    assert "no predictions yet" in page.info[0].value


def test_numbers_and_words(open_page: Open, few_shapes: ImageSet) -> None:
    _run(few_shapes.test_labels)
    page = open_page("mistakes")
    assert not page.error
    assert [(each.label, each.value) for each in page.metric] == [
        ("Test accuracy", "75.00%"),
        ("Misclassified, of 200", "50"),
    ]
    # Every fourth image is wrong: classes 0, 4, 8, 2, 6 in turn, ten of each.
    assert "circle predicted as ring: 10, crescent predicted as triangle: 10" in _text(page)
    table = page.dataframe[0].value
    assert table["Images"].tolist() == [20] * 10
    assert table["Class"].tolist() == list(NAMES)
    assert table["Recall"].tolist() == [50, 100] * 5
    assert table["Precision"].tolist() == pytest.approx([100, 200 / 3] * 5)
    assert "**1 to 24** of 50" in _text(page)


def test_the_epoch_slider_moves_the_numbers_and_the_gallery(
    open_page: Open, few_shapes: ImageSet
) -> None:
    run = _run(few_shapes.test_labels)
    page = open_page("mistakes")
    page.toggle(key="mistakes_heat").set_value(True).run()
    assert page.segmented_control(key="mistakes_which").value == "best"
    slider = page.select_slider(key=f"mistakes_epoch_{run.name}")
    assert list(slider.options) == ["1", "2", "3"]
    assert slider.value == 3
    slider.set_value(1).run()
    assert not page.exception
    assert [each.value for each in page.metric] == ["10.00%", "180"]
    assert "**1 to 24** of 180" in _text(page)
    assert not page.error
    assert "Of epoch 1 only the predicted classes are stored" in _text(page)
    assert page.toggle(key="mistakes_heat").disabled
    assert page.segmented_control(key="mistakes_which").value is None  # neither best nor last
    page.select_slider(key=f"mistakes_epoch_{run.name}").set_value(3).run()
    assert [each.value for each in page.metric] == ["75.00%", "50"]
    assert not page.error
    assert not page.toggle(key="mistakes_heat").disabled
    assert page.segmented_control(key="mistakes_which").value == "best"
    page.select_slider(key=f"mistakes_epoch_{run.name}").set_value(2).run()
    page.segmented_control(key="mistakes_which").select("last").run()
    assert page.select_slider(key=f"mistakes_epoch_{run.name}").value == 3


def test_epoch_tab_and_filter_are_in_the_address(open_page: Open, few_shapes: ImageSet) -> None:
    run = _run(few_shapes.test_labels)
    page = open_page("mistakes")
    assert page.query_params["run"] == run.name
    for name, value in (("epoch", "2"), ("true", "heart"), ("outcome", "all"), ("order", "index")):
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert page.select_slider(key=f"mistakes_epoch_{run.name}").value == 2
    assert page.button(key="mistakes_chip").label == "true class heart"
    assert "**1 to 20** of 20" in _text(page)
    assert page.query_params["epoch"] == "2"
    page.query_params["tab"] = "Calibration"
    page.run()
    assert page.metric[0].label == "Expected calibration error"


def test_odd_addresses_show_the_defaults(
    open_page: Open, few_shapes: ImageSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = _run(few_shapes.test_labels)
    said: dict[str, str] = {}
    monkeypatch.setattr(state, "from_url", lambda name: said.get(name))
    page = open_page("mistakes")
    for odd in ODD:
        names = ("run", "epoch", "tab", "true", "predicted", "outcome", "order")
        said.update(dict.fromkeys(names, odd))
        page.run()
        assert not page.exception, odd[:40]
        assert not page.error, odd[:40]
        assert page.selectbox(key="mistakes_run").value == run.name
        assert page.metric[0].value == "75.00%"


def test_calibration(open_page: Open, few_shapes: ImageSet) -> None:
    _run(few_shapes.test_labels)
    page = _at(open_page("mistakes"), "Calibration")
    assert not page.exception
    assert not page.error
    # 0.5 to 0.9 sure in even steps, three quarters right in every bin of ten per cent.
    sure = (0.5 + 0.4 * torch.arange(200) / 200).double().numpy()
    assert page.metric[0].value == f"{100 * sum(_gaps(sure)):.2f}%"
    assert "Underconfident: mean confidence 69.9%, accuracy 75.0%" in _text(page)
    assert "Move the epoch above" in _text(page)


def test_a_picture_of_ones_own(open_page: Open, few_shapes: ImageSet, lab_home: Path) -> None:
    _run(few_shapes.test_labels)
    page = _at(open_page("mistakes"), "Your image")
    assert "Drop a photo of one of these: circle" in page.info[0].value
    before = sorted(path for path in lab_home.rglob("*"))
    picture = few_shapes.test_images[7].permute(1, 2, 0).numpy()
    uploader = page.file_uploader(key="mistakes_own_file")
    uploader.set_value([("mine.png", sheets.png(picture), "image/png")]).run()
    assert not page.exception
    assert not page.error
    assert "What the network is given." in _text(page)
    assert any("Evidence for" in each.value for each in page.markdown)
    assert sorted(path for path in lab_home.rglob("*")) == before  # nothing is kept
    page.file_uploader(key="mistakes_own_file").set_value(
        [("mine.png", b"no picture", "image/png")]
    ).run()
    assert not page.exception
    assert "'mine.png' is no picture" in page.error[0].value


def test_a_square_of_an_uploaded_image_is_offered_before_it_is_resized(
    open_page: Open, few_shapes: ImageSet
) -> None:
    _run(few_shapes.test_labels)
    page = _at(open_page("mistakes"), "Your image")
    picture = few_shapes.test_images[7].permute(1, 2, 0).numpy().repeat(4, 0).repeat(3, 1)
    page.file_uploader(key="mistakes_own_file").set_value(
        [("wide.png", sheets.png(picture), "image/png")]
    ).run()
    assert not page.exception
    assert not page.error
    assert "A square of 96×96 pixels was cut out and scaled to 32×32." in _text(page)
    sliders = {slider.label: slider for slider in page.slider}
    assert "Left to right (%)" not in sliders, "the whole width is in the square"
    sliders["Size (% of the shorter side)"].set_value(50).run()
    assert "A square of 48×48 pixels" in _text(page)
    assert "Left to right (%)" in {slider.label for slider in page.slider}
    next(c for c in page.get("segmented_control") if c.label == "Make it square").select(
        "Stretch"
    ).run()
    assert "stretched from 96×128 to 32×32 pixels" in _text(page)


def test_two_runs(open_page: Open, few_shapes: ImageSet) -> None:
    labels = few_shapes.test_labels
    first = _run(labels)
    page = _at(open_page("mistakes"), "Two runs")
    assert "There is no second run" in page.info[0].value
    second = _run(labels)
    # B takes the first ten images that A recognizes for another class.
    worse = _answers(labels)
    worse[(worse == labels).nonzero().flatten()[:10]] += 1
    probabilities = torch.eye(10)[worse % 10]
    made = Predictions(probabilities, labels, NAMES, "shapes", 3)
    made.save(second.folder / "predictions-best.safetensors")
    page.selectbox(key="mistakes_run").set_value(first.name).run()
    assert not page.exception
    assert not page.error
    numbers = {each.label: each.value for each in page.metric}
    assert numbers == {
        "A": "75.00%",
        "B": "70.00%",
        "Only A correct": "10",
        "Only B correct": "0",
        "Both wrong": "50",
    }
    # Ten of ten by chance: 2 / 2**10.
    assert "A is correct on 10 more of the 200 images" in _text(page)
    assert "some 2 times in 1,000 test sets (p = 0.002): A is better" in _text(page)
    assert "**1 to 10** of 10" in _text(page)


def test_labels_are_voted_on(open_page: Open, few_shapes: ImageSet, lab_home: Path) -> None:
    _run(few_shapes.test_labels)
    page = _at(open_page("mistakes"), "Labels")
    assert not page.exception
    assert not page.error
    numbers = {each.label: each.value for each in page.metric}
    suspects = int(numbers["Suspicious labels"])
    assert suspects > 5
    assert numbers["Accuracy without the disputed"] == numbers["Accuracy, all images"] == "75.00%"
    for vote in ("wrong", "unclear", "keep"):
        page.button(key=f"mistakes_vote_{vote}").click().run()
        assert not page.exception
    numbers = {each.label: each.value for each in page.metric}
    assert (numbers["With votes"], numbers["Disputed"]) == ("3", "2")
    # Two of fifty mistakes are left out: 150 of 198 are right.
    assert numbers["Accuracy without the disputed"] == "75.76%"
    assert "4 of " in _text(page)
    assert len(list((lab_home / "votes").glob("*.json"))) == 1
    page.button(key="mistakes_label_back").click().run()
    page.button(key="mistakes_vote_none").click().run()
    assert {each.label: each.value for each in page.metric}["With votes"] == "2"


def test_near_duplicates(open_page: Open, few_shapes: ImageSet) -> None:
    few_shapes.train_images[3] = few_shapes.test_images[8]  # which the network takes for another
    _run(few_shapes.test_labels)
    page = _at(open_page("mistakes"), "Near-duplicates")
    assert "look at all 40 training images once" in page.info[0].value
    page.button(key="mistakes_find").click().run()
    assert not page.exception
    assert not page.error
    page.slider(key="mistakes_near_pixels").set_value(1).run()
    numbers = {each.label: each.value for each in page.metric}
    assert numbers == {
        "Near-duplicates": "1",
        "Accuracy, all images": "75.00%",
        "Accuracy without them": "75.38%",  # 150 of 199
        "Accuracy on them": "0.00%",
    }
    (pairs,) = [each.value for each in page.get("html") if 'alt="test image 8"' in each.value]
    assert "training 3, 0 RMS apart" in pairs


def _gaps(sure: np.ndarray) -> list[float]:
    """The share of each bin times its gap, written out as a loop."""
    right = np.arange(len(sure)) % 4 != 0
    found = []
    for low in range(10):
        inside = (sure > low / 10) & (sure <= (low + 1) / 10)
        if inside.any():
            found.append(inside.mean() * abs(right[inside].mean() - sure[inside].mean()))
    return found


def test_filters_chip_and_pages(open_page: Open, few_shapes: ImageSet) -> None:
    _run(few_shapes.test_labels)
    page = open_page("mistakes")
    page.button(key="mistakes_next").click().run()
    assert "**25 to 48** of 50" in _text(page)
    page.button(key="mistakes_next").click().run()
    assert "**49 to 50** of 50" in _text(page)
    assert page.button(key="mistakes_next").disabled
    true_class = next(box for box in page.selectbox if box.label == "True class")
    true_class.set_value("heart").run()
    assert "**1 to 10** of 10" in _text(page)  # and back on the first page
    assert page.button(key="mistakes_chip").label == "true class heart"
    predicted_class = next(box for box in page.selectbox if box.label == "Predicted class")
    predicted_class.set_value("star").run()
    assert page.button(key="mistakes_chip").label == "heart predicted as star"
    assert "There are no wrong predictions here (heart predicted as star)" in _text(page)
    page.button(key="mistakes_chip").click().run()
    assert "**1 to 24** of 50" in _text(page)
    assert "mistakes_chip" not in [button.key for button in page.button]
    assert not page.exception


def test_heat_maps_are_drawn(open_page: Open, few_shapes: ImageSet) -> None:
    _run(few_shapes.test_labels)
    page = open_page("mistakes")
    page.toggle(key="mistakes_heat").set_value(True).run()
    assert not page.exception
    assert not page.error
    assert not page.slider(key="mistakes_opacity").disabled
    page.slider(key="mistakes_opacity").set_value(0.3).run()  # the maps are those that were kept
    assert not page.error


def test_a_run_of_other_classes_keeps_its_numbers_and_says_why_there_are_no_images(
    open_page: Open, few_shapes: ImageSet
) -> None:
    names = tuple(f"kind {index}" for index in range(10))
    _run(few_shapes.test_labels, names)
    page = open_page("mistakes")
    assert [each.value for each in page.metric] == ["75.00%", "50"]
    (error,) = page.error
    assert "kind 0, kind 1" in error.value
    assert "train on it again" in error.value


def test_a_run_of_another_number_of_images(open_page: Open) -> None:
    _run(torch.arange(100) % 10)
    (error,) = open_page("mistakes").error
    assert "there were 100, now there are 200" in error.value


def test_a_run_whose_images_are_gone_or_closed(open_page: Open, few_shapes: ImageSet) -> None:
    _run(few_shapes.test_labels, data="/somewhere/private")
    (error,) = open_page("mistakes").error
    assert "lies outside the lab's folders" in error.value


def test_a_damaged_predictions_file(open_page: Open, few_shapes: ImageSet) -> None:
    run = _run(few_shapes.test_labels)
    (run.folder / "predictions-best.safetensors").write_bytes(b"damaged")
    (error,) = open_page("mistakes").error
    assert "cannot be read" in error.value


def test_a_weights_file_is_predicted_on_demand(open_page: Open) -> None:
    (paths.home() / "weights").mkdir(parents=True)
    _weights(paths.home() / "weights" / "mine.safetensors")
    page = open_page("mistakes")
    assert not page.exception
    assert not page.error
    assert page.selectbox(key="mistakes_run").value == "weights/mine.safetensors"
    assert page.metric[1].label == "Misclassified, of 200"
    _at(page, "Calibration")
    assert "Move the epoch" not in _text(page), "there is no slider of epochs"
    _at(page, "Mistakes")  # and from what was kept
    assert not page.error
    assert page.metric[1].label == "Misclassified, of 200"


def _held_out_run(**training: Any) -> Run:
    """As a run leaves it that was judged by training images: weights and no predictions."""
    run = Run(create_run(paths.runs_folder(), RunConfig(training=TrainingConfig(3, **training))))
    finished_run.write_epoch(run, 3, 99.0)
    for which in ("best", "last", "ema"):
        _weights(run.folder / f"{which}.safetensors")
    return run


def test_a_run_that_held_images_out_is_asked_about_the_test_images_now(
    open_page: Open, few_shapes: ImageSet
) -> None:
    run = _held_out_run(hold_out=100)
    page = open_page("mistakes")
    assert not page.exception
    assert not page.error
    truth = ModelRef.of_run(run, "best").predictions(few_shapes).accuracy
    assert page.metric[0].value == f"{truth:.2f}%"
    assert page.metric[1].label == "Misclassified, of 200"
    assert "held 100 training images out" in _text(page)
    assert page.selectbox(key="mistakes_run").options[0].endswith("99.0% held out")
    assert not (run.folder / "predictions-best.safetensors").exists()


def test_a_run_that_held_images_out_and_has_no_epoch_yet(open_page: Open) -> None:
    create_run(paths.runs_folder(), RunConfig(training=TrainingConfig(hold_out=100)))
    page = open_page("mistakes")
    assert not page.error
    assert "no predictions yet" in page.info[0].value


def test_averaged_weights_are_asked_on_demand(open_page: Open, few_shapes: ImageSet) -> None:
    run = _run(few_shapes.test_labels)
    page = open_page("mistakes")
    assert page.segmented_control(key="mistakes_which").options == ["Best epoch", "Last epoch"]
    _weights(run.folder / "ema.safetensors")
    page.run()
    page.segmented_control(key="mistakes_which").select("ema").run()
    assert not page.error
    truth = ModelRef.of_run(run, "ema").predictions(few_shapes).accuracy
    assert page.metric[0].value == f"{truth:.2f}%" != "75.00%"


def test_the_best_weights_file_comes_first_and_says_what_it_is(open_page: Open) -> None:
    folder = paths.home() / "weights"
    folder.mkdir(parents=True)
    for name, accuracy in (("a", 70.0), ("b", 90.0), ("c", 80.0)):
        _weights(folder / f"{name}.safetensors", accuracy=accuracy)
    page = open_page("mistakes")
    menu = page.selectbox(key="mistakes_run")
    assert menu.value == "weights/b.safetensors"
    assert [option.split(" · ")[1] for option in menu.options] == ["90.0%", "80.0%", "70.0%"]
    assert menu.options[0].startswith("Modular, 97k")


def test_the_matrix_says_what_it_shows() -> None:
    counts = confusion_counts([0, 0, 0, 1, 1], [0, 1, 1, 1, 0], 3)
    table = cells(counts, ("cat", "dog", "owl"), "counts")
    assert [[cell["words"] for cell in row] for row in table] == [
        ["1", "2", ""],
        ["1", "1", ""],
        ["", "", ""],
    ]
    assert table[0][1]["says"] == "cat predicted as dog: 2"
    assert table[0][1]["depth"] == 1.0  # the most frequent mistake is the deepest
    assert table[1][0]["depth"] == 0.5
    assert table[0][0]["depth"] == table[1][1]["depth"] == 1.0  # right answers by their own
    by_true = cells(counts, ("cat", "dog", "owl"), "true")
    assert [cell["words"] for cell in by_true[0]] == ["33", "67", ""]


@pytest.mark.parametrize(
    ("said", "cell"),
    [
        ([1, 2], (1, 2)),
        ([None, 2], (None, 2)),
        ([0, None], (0, None)),
        ([3, 0], None),
        ([-1, 0], None),
        (["0", 0], None),
        ([0], None),
        (None, None),
        ({"0": 1}, None),
    ],
)
def test_only_cells_of_the_matrix_are_taken_from_the_browser(said: object, cell: object) -> None:
    assert picked_cell(said, 3) == cell


def test_the_table_to_download(few_shapes: ImageSet) -> None:
    labels = few_shapes.test_labels
    made = Predictions(_probabilities(labels), labels, NAMES, "shapes", 3)
    found = selection.select(made, outcome="wrong", true=8)
    table = pd.read_csv(io.BytesIO(downloads.as_csv(made, found)))
    assert table["index"].tolist() == found.tolist()
    assert set(table["true"]) == {"heart"}
    assert set(table["predicted"]) == {"arrow"}
    np.testing.assert_allclose(table["confidence"], made.confidence[found], rtol=1e-5)
    np.testing.assert_allclose(table[[f"p({name})" for name in NAMES]].sum(axis=1), 1, rtol=1e-4)
    np.testing.assert_allclose(table["loss"], -np.log(table["p(heart)"]), rtol=1e-4)


def test_a_sheet_holds_every_tile_in_its_place() -> None:
    images = np.random.default_rng(0).integers(0, 256, (11, 8, 8, 3), dtype=np.uint8)
    made = sheets.sheet(images, 4)
    assert made.shape == (24, 32, 3)
    for number in range(11):
        top, left = number // 4 * 8, number % 4 * 8
        assert np.array_equal(made[top : top + 8, left : left + 8], images[number])
    assert made[16:, 24:].max() == 0
    back = np.asarray(Image.open(io.BytesIO(sheets.png(made))))
    assert np.array_equal(back, made)


def test_the_picture_to_download_holds_the_images_five_in_a_row() -> None:
    images = np.random.default_rng(0).integers(0, 256, (10, 32, 32, 3), dtype=np.uint8)
    file = sheets.captioned(images, [("is cat", "taken for " + "very " * 20 + "long")] * 10, "Run")
    page = np.asarray(Image.open(io.BytesIO(file)))
    height, width, _ = page.shape
    assert width == 5 * 176 + 16
    assert height == 2 * 220 + 70
    corner = page[54 : 54 + 160 : 5, 16 : 16 + 160 : 5]  # five screen pixels a pixel
    assert np.array_equal(corner, images[0])


def test_an_enlarged_grid_keeps_its_values_between_the_lines() -> None:
    image = np.random.default_rng(0).integers(0, 200, (4, 4, 3), dtype=np.uint8)
    large = sheets.enlarged(image, 64, grid=(4, 4))
    assert np.array_equal(large[8::16, 8::16], image)
    assert (large[15:17] == 255).all()
    assert (large[:, 31:33] == 255).all()


@pytest.mark.parametrize("name", ["summit", "sprint"])
def test_shipped_weights_are_shown_under_the_policy_that_trained_them(name: str) -> None:
    model = SimpleNamespace(
        run=None, ref=SimpleNamespace(path=paths.ASSETS / "weights" / f"{name}.safetensors")
    )
    policy, words = augmented_views._policy(model)
    assert policy == RECIPES[name].config.policy
    assert RECIPES[name].label in words


def test_weights_of_unknown_training_are_shown_under_the_assignments_policy(tmp_path: Path) -> None:
    model = SimpleNamespace(run=None, ref=SimpleNamespace(path=tmp_path / "summit.safetensors"))
    policy, words = augmented_views._policy(model)
    assert policy == policies.named("assignment")
    assert "names no policy" in words


@pytest.mark.parametrize("as_linked", [True, False])
def test_images_behind_a_link_in_the_data_folder_are_shown(
    open_page: Open, lab_home: Path, tmp_path: Path, as_linked: bool
) -> None:
    folder = tmp_path / "elsewhere"
    pixels = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), dtype=np.uint8)
    for number, image in enumerate(pixels):
        for split in ("train", "test"):
            place = folder / split / ("cat", "dog")[number % 2]
            place.mkdir(parents=True, exist_ok=True)
            (place / f"{number}.png").write_bytes(sheets.png(image))
    linked = lab_home / "data" / "linked"
    linked.parent.mkdir(parents=True)
    linked.symlink_to(folder)
    finished_run.make(paths.home(), replace(
        catalogue.load(str(folder)), source=str(linked if as_linked else folder)
    ))  # fmt: skip
    page = open_page("mistakes")
    assert not page.exception
    assert not page.error, [error.value for error in page.error]
    assert "**1 to 1** of 1" in _text(page)  # the fifth of eight; the first is a tie
