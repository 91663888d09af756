"""Tables and figures of a run as files for papers and programs."""

from experiments.report.exports.export import FORMATS, export_run
