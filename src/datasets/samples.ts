/** The models and data that come with the page, as data. Origin and licences: public/samples/README.md. */
export interface Sample {
  readonly id: string;
  readonly label: string;
  /** Paths relative to the page, as are the other two. */
  readonly modelUrls: readonly string[];
  /** 10,000 labelled images that the model was not trained on. */
  readonly dataUrl: string;
  /** 8,500 of the images that it was trained on: for calibration and fine-tuning. */
  readonly trainUrl: string;
  /** Bytes of the model's files. */
  readonly nbytes: number;
  readonly parameters: number;
  /** Top-1 on the images of `dataUrl`, by Keras. */
  readonly accuracy: number;
  readonly origin: string;
  readonly licence: string;
}

const dataUrl = 'samples/fashion-mnist-test.npz';
const trainUrl = 'samples/fashion-mnist-train.npz';
const origin = 'Trained for Whittle on Fashion-MNIST (Zalando Research)';
const licence = 'Model: Apache-2.0. Images: MIT, © 2017 Zalando SE';

export const samples: readonly Sample[] = [
  {
    id: 'fashion-cnn',
    label: 'Fashion CNN',
    modelUrls: ['samples/fashion_cnn.keras'],
    dataUrl,
    trainUrl,
    nbytes: 1_030_140,
    parameters: 242_218,
    accuracy: 0.9209,
    origin,
    licence,
  },
  {
    id: 'fashion-mobile',
    label: 'Fashion Mobile',
    modelUrls: ['samples/fashion_mobile.keras'],
    dataUrl,
    trainUrl,
    nbytes: 350_587,
    parameters: 47_274,
    accuracy: 0.9202,
    origin,
    licence,
  },
];

export function findSample(id: string): Sample | undefined {
  return samples.find((sample) => sample.id === id);
}
