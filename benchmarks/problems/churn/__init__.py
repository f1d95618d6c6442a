"""Problems of churn: profit metrics, probabilities, decisions."""
