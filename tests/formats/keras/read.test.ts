import { testKerasAnswers } from '../keras-answers';

testKerasAnswers(['keras']);
