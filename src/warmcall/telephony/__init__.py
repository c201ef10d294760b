"""What happens to an inbound call. `ivr` decides and knows no provider; a folder per phone system carries out."""
