"""Problems of what customers are worth."""
