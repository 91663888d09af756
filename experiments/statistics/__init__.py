"""From records to figures: metrics, intervals, paired differences, the summary."""
