import { testKerasAnswers } from '../keras-answers';

testKerasAnswers(['h5', 'weights']);
