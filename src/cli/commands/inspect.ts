/** whittle inspect: what a model is and what it costs. */
import { oneModel, type Command } from '../command';
import { compressedSize } from '../compressed-size';
import { deviceLines, diagnosticLines } from '../report-text';
import { sourceFiles } from '../source-files';
import { bytesText, percentText, shapeText, siText, tableText } from '../text';

export const inspectCommand: Command = {
  usage: 'whittle inspect MODEL [--json]',
  summary: 'Format, parameters, MACs, sizes, inputs, outputs and layers of a model.',
  flags: ['json'],
  async run(context) {
    const files = await sourceFiles(oneModel(context));
    const summary = await context.engine.open(files, context.report);
    const size = await compressedSize(files);
    const { cost } = summary;
    const layers = cost.nodes.map(({ node, ...rest }) => ({ name: node, ...rest }));
    const value = {
      format: summary.format,
      producer: summary.producer,
      name: summary.name,
      parameters: cost.parameters,
      macs: cost.macs,
      peakActivationBytes: cost.peakActivationBytes,
      size: { raw: size.raw, gzip: size.gzip, brotli: size.brotli },
      inputs: summary.inputs,
      outputs: summary.outputs,
      layers,
      diagnostics: summary.diagnostics,
      recipe: summary.recipe,
      device: summary.device,
    };
    context.print(value, () => {
      const head = [
        `${summary.name}: ${summary.formatLabel}${summary.producer ? `, ${summary.producer}` : ''}`,
        `size        ${bytesText(size.raw)}, gzip ${bytesText(size.gzip)}, brotli ${bytesText(size.brotli)}`,
        `parameters  ${cost.parameters}`,
        `MACs        ${siText(cost.macs)}`,
        `activations ${bytesText(cost.peakActivationBytes)} at most`,
        ...summary.inputs.map((port) => `input       ${port.name} ${shapeText(port.shape)} ${port.dtype}`),
        ...summary.outputs.map((port) => `output      ${port.name} ${shapeText(port.shape)} ${port.dtype}`),
        ...(summary.device ? deviceLines(summary.device) : []),
        ...diagnosticLines(summary.diagnostics),
      ];
      const rows = layers.map((layer) => [
        layer.name,
        layer.op,
        shapeText(layer.outputShape),
        String(layer.parameters),
        siText(layer.macs),
        layer.bits === null ? '' : `${layer.bits} bit`,
        layer.sparsity === null ? '' : percentText(layer.sparsity),
      ]);
      return `${head.join('\n')}\n\n${tableText([['layer', 'op', 'output', 'parameters', 'MACs', 'weights', 'zeros'], ...rows])}`;
    });
  },
};
